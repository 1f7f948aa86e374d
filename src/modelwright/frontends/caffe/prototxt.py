"""Reads a prototxt of any generation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.blobs import Blob, checked_blob
from modelwright.frontends.caffe.data_layers import DATA_LAYERS, inputs_of, preparation
from modelwright.frontends.caffe.fields import Decoded, decode
from modelwright.frontends.caffe.generations import PADDING, V0_TYPES, V1_TYPES, fold_padding, v0_parameters
from modelwright.frontends.caffe.network import DeclaredInput, Layer, Network
from modelwright.frontends.caffe.phases import State, is_included
from modelwright.frontends.caffe.text import TextField, TextFile, TextMessage
from modelwright.schemas.pool import load_schema

_LAYER_FIELDS: Final = ("layer", "layers")
_SOLVER_FIELDS: Final = frozenset({"base_lr", "lr_policy", "max_iter", "train_net", "snapshot_prefix"})
_NUMBERS: Final = ("data", "double_data")


def read_prototxt(path: Path, state: State | None = None) -> Network:
    """Reads a net's description.

    Args:
        path: A prototxt file.
        state: Phase, stages and level asked for; what is None is the net's own, else TEST, none and 0. Layers whose
            rules do not hold in that state are left out.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is no net in text form; names the line.
    """
    file = TextFile(path)
    described = load_schema("caffe").message("NetParameter").DESCRIPTOR
    rest = TextMessage([item for item in file.root.fields if item.name not in _LAYER_FIELDS])
    net = decode(file, rest, described)
    _check_net(file, net)
    layers = list(_layers(file, described))
    if not layers and not net.values.get("input"):
        raise ModelFormatError(
            f"{path}: no net in it: there is no layer", hint="give the prototxt that lists the net's layers"
        )
    settled = (state or State()).over(net.plain().get("state", {}))
    included = [layer for layer in layers if is_included(layer, settled)]
    inputs = [*_declared(file, net), *(item for layer in included for item in inputs_of(layer))]
    return Network(
        path=path,
        name=net.values.get("name", ""),
        layers=tuple(fold_padding([layer for layer in included if layer.type not in DATA_LAYERS])),
        inputs=tuple(inputs),
        generation=_generation(file),
        state=net.plain().get("state", {}),
        notes=[*_left_out(layers, included, settled), *_prepared(included)],
    )


def _check_net(file: TextFile, net: Decoded) -> None:
    """A field of the net that is not known is an error; solvers are recognized."""
    unknown = net.all_unknown()
    if _SOLVER_FIELDS & set(unknown) or "net" in unknown:
        raise ModelFormatError(
            f"{file.path}: this is a solver, not a net", hint="give the prototxt that its field 'net' names"
        )
    for name, position in unknown.items():
        raise file.fail(position, f"the field {name!r} of the net is not known", hint="delete it, if it means nothing")


def _generation(file: TextFile) -> str:
    layers = [item.value for item in file.root.fields if item.name == "layers"]
    if not layers:
        return "current"
    first = layers[0]
    old = isinstance(first, TextMessage) and any(item.name == "layer" for item in first.fields)
    return "V0" if old else "V1"


def _left_out(layers: Sequence[Layer], included: Sequence[Layer], state: State) -> list[str]:
    kept = {id(layer) for layer in included}
    names = [layer.name for layer in layers if id(layer) not in kept]
    if not names:
        return []
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [f"layers that are not part of the net in phase {state.phase} were left out: {shown}"]


def _prepared(layers: Sequence[Layer]) -> Iterator[str]:
    for layer in layers:
        if done := preparation(layer):
            yield f"{layer.type} {layer.name!r} prepares images ({done}); that is no part of the net"


def _declared(file: TextFile, net: Decoded) -> Iterator[DeclaredInput]:
    """Inputs of the fields ``input``, with ``input_shape`` or groups of four ``input_dim``."""
    names: list[str] = net.values.get("input", [])
    shapes = [tuple(item.values.get("dim", ())) for item in net.values.get("input_shape", [])]
    dims: list[int] = net.values.get("input_dim", [])
    if not shapes and dims:
        shapes = [tuple(dims[start : start + 4]) for start in range(0, len(dims), 4)]
    if (shapes and len(shapes) != len(names)) or len(dims) % 4:
        what = f"{len(dims)} numbers input_dim" if dims else f"{len(shapes)} shapes"
        raise ModelFormatError(
            f"{file.path}: {len(names)} inputs ({', '.join(names)}) but {what}",
            hint="each input has four input_dim or one input_shape",
        )
    for index, name in enumerate(names):
        yield DeclaredInput(name=name, shape=shapes[index] if shapes else None)


def _layers(file: TextFile, described: Any) -> Iterator[Layer]:
    found = [item for item in file.root.fields if item.name in _LAYER_FIELDS]
    if len({item.name for item in found}) > 1:
        other = next(item for item in found if item.name != found[0].name)
        raise file.fail(
            other.position,
            f"the net mixes 'layer' and 'layers': '{found[0].name}' came first",
            hint="write all layers in one format",
        )
    fields = described.fields_by_name
    for item in found:
        if not isinstance(item.value, TextMessage):
            raise file.fail(item.position, f"{item.name!r} is a message: write {item.name} {{ ... }}")
        yield _layer(file, item, decode(file, item.value, fields[item.name].message_type))


def _layer(file: TextFile, item: TextField, found: Decoded) -> Layer:
    values = found.plain()
    line = file.line(item.position)
    if "layer" in values:
        values = _from_v0(values)
    name = str(values.get("name", ""))
    return Layer(
        name=name or f"(layer at line {line})",
        type=_type(file, item, values),
        bottoms=values.get("bottom", ()),
        tops=values.get("top", ()),
        params={key: value for key, value in values.items() if key.endswith("_param") or key == PADDING},
        shared=tuple(_share_name(spec) for spec in values.get("param", ())),
        include=values.get("include", ()),
        exclude=values.get("exclude", ()),
        line=line,
        unknown={path: file.line(position) for path, position in found.all_unknown().items()},
        blobs=blobs_in_text(values.get("blobs", ()), f"{file.path}: layer {name!r}"),
    )


def _share_name(spec: Any) -> str:
    return str(spec.get("name", "")) if isinstance(spec, Mapping) else str(spec)


def _type(file: TextFile, item: TextField, values: Mapping[str, Any]) -> str:
    found = str(values.get("type", ""))
    if not found:
        raise file.fail(item.position, f"the layer {values.get('name', '')!r} has no type")
    return V1_TYPES.get(found, found) if item.name == "layers" else found


def _from_v0(values: Mapping[str, Any]) -> dict[str, Any]:
    """A layer of the first format, ``layers { layer { ... } bottom: ... }``, in the current one's terms."""
    old: Mapping[str, Any] = values["layer"]
    layer_type = V0_TYPES.get(str(old.get("type", "")), str(old.get("type", "")))
    new: dict[str, Any] = {key: value for key, value in values.items() if key != "layer"}
    new |= {"name": old.get("name", ""), "type": layer_type, "blobs": old.get("blobs", ())}
    if layer_type == PADDING:
        return new | {PADDING: {"pad": old.get("pad", 0)}}
    return new | v0_parameters(layer_type, old)


def blobs_in_text(found: Sequence[Mapping[str, Any]], where: str) -> tuple[Blob, ...]:
    """Weights written as text.

    Raises:
        ModelFormatError: Numbers do not fit their shape.
    """
    blobs: list[Blob] = []
    for number, item in enumerate(found):
        runs = [run for name in _NUMBERS for run in item.get(name, ())]
        data = np.concatenate(runs) if runs else np.zeros(0, np.float32)
        shape = item.get("shape")
        old = [item.get(name, 0) for name in ("num", "channels", "height", "width")]
        legacy = old if any(name in item for name in ("num", "channels", "height", "width")) else None
        dims = None if shape is None else list(shape.get("dim", ()))
        blobs.append(checked_blob(data, dims, legacy, f"{where}: blob {number}"))
    return tuple(blobs)
