"""Part of modelwright: verify.

The public function ``modelwright.verify`` has this package's name. Python lets the package, once imported, stand for
the name, so the package itself can be called and passes the call on.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _CallableRoom(ModuleType):
    """A package that is called like the function of its name in ``modelwright.pipeline.api_checks``."""

    @property
    def __call__(self) -> Any:
        """The function, with its signature and documentation."""
        return importlib.import_module("modelwright.pipeline.api_checks").verify


sys.modules[__name__].__class__ = _CallableRoom
