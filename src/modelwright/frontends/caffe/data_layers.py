"""Layers that load data: what a net takes as its inputs in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from modelwright.formats import Dim
from modelwright.frontends.caffe.network import DeclaredInput, Layer, Parameters

DATA_LAYERS: Final = frozenset({
    "Input",
    "Data",
    "ImageData",
    "HDF5Data",
    "MemoryData",
    "WindowData",
    "DummyData",
    "AnnotatedData",
})  # fmt: skip
"""Layers without bottoms that only bring data in."""

_PREPARING: Final = ("scale", "mean_file", "mean_value", "crop_size", "force_color", "force_gray")
"""What ``transform_param`` does when a net is used; ``mirror`` is for training alone."""


def inputs_of(layer: Layer) -> list[DeclaredInput]:
    """The inputs that stand for a layer's tops; none for a layer that computes."""
    if layer.type not in DATA_LAYERS:
        return []
    shapes = _shapes(layer)
    return [
        DeclaredInput(
            name=top,
            shape=shapes[min(index, len(shapes) - 1)] if shapes and (index == 0 or _all_tops(layer)) else None,
            layer=layer.name,
            declared=layer.type == "Input",
        )
        for index, top in enumerate(layer.tops)
    ]


def preparation(layer: Layer) -> str:
    """What a data layer does to images before the net gets them, for people; empty for nothing or no data layer."""
    given = layer.params.get("transform_param", {})
    if layer.type not in DATA_LAYERS:
        return ""
    done = [name for name in _PREPARING if given.get(name)]
    return ", ".join(f"{name} {_shown(given[name])}" for name in done)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(f"{item:g}" for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _all_tops(layer: Layer) -> bool:
    """Whether the shapes are those of all tops, the last one standing for the rest, and not only of the first."""
    return layer.type in ("Input", "DummyData")


def _shapes(layer: Layer) -> Sequence[tuple[Dim, ...]]:
    param = _param(layer)
    if layer.type == "Input":
        return _dims(param)
    if layer.type == "DummyData":
        return _dims(param) or _old_dims(param)
    if layer.type == "MemoryData":
        sizes = [param.get(name) for name in ("batch_size", "channels", "height", "width")]
        return [tuple(sizes)] if all(sizes) else []
    return _image(layer, param)


def _param(layer: Layer) -> Parameters:
    names = {
        "Input": "input_param",
        "DummyData": "dummy_data_param",
        "MemoryData": "memory_data_param",
        "ImageData": "image_data_param",
    }
    return layer.params.get(names.get(layer.type, "data_param"), {})


def _dims(param: Parameters) -> list[tuple[Dim, ...]]:
    return [tuple(shape.get("dim", ())) for shape in param.get("shape", ())]


def _old_dims(param: Parameters) -> list[tuple[Dim, ...]]:
    columns: list[Any] = [param.get(name, ()) for name in ("num", "channels", "height", "width")]
    if not all(columns):
        return []
    count = max(len(column) for column in columns)
    return [tuple(column[min(index, len(column) - 1)] for column in columns) for index in range(count)]


def _image(layer: Layer, param: Parameters) -> list[tuple[Dim, ...]]:
    """The shape of images that are cropped or resized to a known size; three channels if the layer says so."""
    crop = layer.params.get("transform_param", {}).get("crop_size") or param.get("crop_size") or 0
    height, width = (crop, crop) if crop else (param.get("new_height", 0), param.get("new_width", 0))
    if layer.type != "ImageData" or not (height and width):
        return []
    return [(param.get("batch_size", 1), 3 if param.get("is_color", True) else 1, height, width)]
