"""modelwright turns a trained model into one that a chip runs, and proves that it computes the same.

    import modelwright as mw
    report = mw.convert("saved_model", "model.onnx")

Importing the package loads none of its dependencies; the first use of a name does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.diagnostics import Diagnostic, ModelSummary, OutputComparison, Report, Status, Verification
    from modelwright.errors import (
        ArtifactInvalid,
        CalibrationDataError,
        CheckFailed,
        ConfigError,
        ConversionError,
        InternalError,
        ModelFormatError,
        ModelNotFoundError,
        ModelwrightError,
        OutputError,
        RecipeError,
        ReferenceDataError,
        ShapeError,
        TemplateError,
        ToolError,
        ToolMissingError,
        UnknownNameError,
        UnsupportedError,
        UsageError,
        UserError,
        VerificationFailed,
        WorkerCrashedError,
        WorkerTimeoutError,
    )
    from modelwright.pipeline.api import convert, info, run
    from modelwright.pipeline.api_checks import check, diff, verify
    from modelwright.pipeline.quantize_api import quantize
    from modelwright.targets.report import CheckReport

__version__ = "0.1.0"

__all__ = [
    "ArtifactInvalid",
    "CalibrationDataError",
    "CheckFailed",
    "CheckReport",
    "ConfigError",
    "ConversionError",
    "Diagnostic",
    "InternalError",
    "ModelFormatError",
    "ModelNotFoundError",
    "ModelSummary",
    "ModelwrightError",
    "OutputComparison",
    "OutputError",
    "RecipeError",
    "ReferenceDataError",
    "Report",
    "ShapeError",
    "Status",
    "TemplateError",
    "ToolError",
    "ToolMissingError",
    "UnknownNameError",
    "UnsupportedError",
    "UsageError",
    "UserError",
    "Verification",
    "VerificationFailed",
    "WorkerCrashedError",
    "WorkerTimeoutError",
    "__version__",
    "check",
    "convert",
    "diff",
    "info",
    "quantize",
    "run",
    "verify",
]

_MODULES = {
    "modelwright.pipeline.api": ("convert", "info", "run"),
    "modelwright.pipeline.api_checks": ("check", "diff", "verify"),
    "modelwright.pipeline.quantize_api": ("quantize",),
    "modelwright.targets.report": ("CheckReport",),
    "modelwright.diagnostics": ("Diagnostic", "ModelSummary", "OutputComparison", "Report", "Status", "Verification"),
}


def __getattr__(name: str) -> Any:
    """Imports the module behind a public name on its first use."""
    if name not in __all__:
        raise AttributeError(f"module 'modelwright' has no attribute {name!r}")
    module = next((module for module, names in _MODULES.items() if name in names), "modelwright.errors")
    return getattr(importlib.import_module(module), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
