"""Keeps start-up short: modules that ``onnx_ir`` imports but that a conversion rarely needs load on first use.

``onnx_ir`` 1.1 imports sympy for symbolic dimension arithmetic, which costs 0.33 s of CPU, half of its import time.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

_DEFERRED = frozenset({"sympy", "onnx_ir._symbolic_shapes"})


class _DeferringFinder:
    """A meta path finder that wraps the loaders of the deferred modules in ``LazyLoader``."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's usual spec with a lazy loader, or None for every other module."""
        if name not in _DEFERRED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def defer_heavy_imports() -> None:
    """Puts the deferring finder first, once."""
    if _DeferringFinder not in sys.meta_path:
        sys.meta_path.insert(0, _DeferringFinder)  # pyright: ignore[reportArgumentType]
