"""Arrays as a model takes them: of its dtype, finite, or an error that names the file."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelwright.errors import CalibrationDataError


def as_dtype(array: np.ndarray, dtype: np.dtype[Any], *, where: str, name: str) -> np.ndarray:
    """The array with the input's dtype, when no number changes its meaning.

    Integers become floats, and numbers a wider or a narrower type of their kind where they fit.

    Args:
        array: Numbers from a file.
        dtype: The input's dtype.
        where: The file, for the message.
        name: The input.

    Raises:
        CalibrationDataError: The kinds do not go together, numbers do not fit, or there are NaN or infinite ones.
    """
    _check_finite(array, where)
    if array.dtype == dtype:
        return array
    kinds = array.dtype.kind + dtype.kind
    if not (kinds in ("ff", "ii", "uu", "iu", "ui") or np.can_cast(array.dtype, dtype, "safe") or _to_float(kinds)):
        raise CalibrationDataError(
            f"{where}: holds {array.dtype.name}, but input {name!r} is {dtype.name}",
            hint=f"save the array with .astype({dtype.name!r}), if these are the right numbers",
        )
    with np.errstate(over="ignore"):
        cast = array.astype(dtype)
    kept = bool(np.isfinite(cast).all()) if dtype.kind == "f" else bool((cast == array).all())
    if not kept:
        raise CalibrationDataError(
            f"{where}: holds numbers that do not fit input {name!r}, which is {dtype.name}",
            hint=f"the numbers go from {array.min()} to {array.max()}",
        )
    return cast


def _to_float(kinds: str) -> bool:
    """Whether integers or booleans become floats."""
    return kinds[1] == "f" and kinds[0] in "biu"


def _check_finite(array: np.ndarray, where: str) -> None:
    if array.dtype.kind != "f" or array.size == 0 or np.isfinite(array).all():
        return
    bad = int(array.size - np.isfinite(array).sum())
    what = "NaN" if np.isnan(array).any() else "infinite"
    raise CalibrationDataError(
        f"{where}: {bad} of {array.size} numbers are {what}",
        hint="one such sample spoils every range; leave it out, or give a large finite number instead",
    )
