"""Attributes and types of PIR's JSON as plain values.

An attribute is ``{"#": "0.a_f32", "D": 1.0}``: a dialect's number, a kind and data. A tensor's type is
``{"#": "0.t_dtensor", "D": [{"#": "0.t_f32"}, [1, 3, -1, -1], "NCHW", [], 0]}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from modelwright.errors import ModelFormatError
from modelwright.frontends.paddle.dtypes import dtype_called
from modelwright.frontends.paddle.model import PaddleTensor

_PLAIN: Final = frozenset(
    "a_bool a_i8 a_ui8 a_i16 a_ui16 a_i32 a_ui32 a_i64 a_ui64 a_index a_f16 a_bf16 a_f32 a_f64 a_str a_intarray "
    "a_layout".split()
)
_SCALAR: Final = "a_scalar"
_SPECIAL: Final = {"INF": float("inf"), "-INF": float("-inf"), "NAN": float("nan")}


def kind_of(entry: Any, where: str) -> str:
    """The kind of an attribute or type without its dialect: ``a_f32``, ``t_dtensor``."""
    if not isinstance(entry, dict) or not isinstance(entry.get("#"), str):
        raise ModelFormatError(f"{where}: an attribute or type has no kind", hint="the file is damaged")
    return str(entry["#"]).rpartition(".")[2]


def attribute_value(entry: Any, where: str) -> Any:
    """An attribute's value; dtypes as ONNX's, places (devices) as None.

    Raises:
        ModelFormatError: Its kind is unknown.
    """
    kind = kind_of(entry, where)
    data = entry.get("D")
    if kind == "a_array":
        return [attribute_value(item, where) for item in data or ()]
    if kind == "a_dtype":
        return dtype_called(str(data), where)
    if kind == "a_place":
        return None
    if kind == _SCALAR:
        return _scalar(data)
    if "VD" in entry:
        return _special(str(entry["VD"]), where)
    if kind in _PLAIN:
        return data
    if kind in ("a_c64", "a_c128") and isinstance(data, Sequence):
        return complex(*data)
    raise ModelFormatError(
        f"{where}: an attribute is of the unknown kind {kind}",
        hint="the file was made by a newer Paddle than 3.3; report it",
    )


def _special(word: str, where: str) -> float:
    """A number that JSON has no form for."""
    found = _SPECIAL.get(word.upper())
    if found is None:
        raise ModelFormatError(f"{where}: an attribute is the unknown number {word!r}")
    return found


def _scalar(data: Any) -> Any:
    """A scalar of any type: the number, or its type and the number."""
    if isinstance(data, list) and len(data) == 2 and isinstance(data[0], str):
        return data[1]
    return data


def described_tensor(name: str, entry: Any, where: str) -> PaddleTensor:
    """What a type says of the tensor ``name``; nothing for types that are no tensors."""
    if not isinstance(entry, dict) or not str(entry.get("#", "")).endswith("t_dtensor"):
        array = isinstance(entry, dict) and "array" in str(entry.get("#", ""))
        return PaddleTensor(name=name, dtype=_array_dtype(entry, where) if array else None, shape=None, array=array)
    data = entry.get("D")
    if not isinstance(data, list) or len(data) < 2 or not isinstance(data[1], list):
        raise ModelFormatError(f"{where}: the type of {name!r} is damaged")
    shape = tuple(int(size) if size >= 0 else None for size in data[1])
    return PaddleTensor(name=name, dtype=dtype_called(kind_of(data[0], where).removeprefix("t_"), where), shape=shape)


def _array_dtype(entry: Any, where: str) -> Any:
    data = entry.get("D")
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return dtype_called(kind_of(data[0], where).removeprefix("t_"), where)
    return None


def vector_length(entry: Any) -> int | None:
    """How many tensors a list's type holds; None for what is no list."""
    if not isinstance(entry, dict) or not str(entry.get("#", "")).endswith("t_vec"):
        return None
    return len(entry.get("D") or ())
