"""The partition MODEL_DEF: Ascend's graphs with their attributes, and what they say of inputs, outputs and gears.

Newer compilers shorten the names of attributes: a name that begins with a zero byte is a number in base 127, each digit
plus one, lowest first, that counts into the model's list ``attr_name_enum``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError

from modelwright.backends.ascend.om.container import damaged
from modelwright.backends.ascend.om.dtypes import GRAPH_DTYPES, dtype_name
from modelwright.formats import TensorSpec
from modelwright.schemas.pool import load_schema

_DATA: Final = ("Data", "RefData", "AippData", "AnnData")
_NO_WORK: Final = (*_DATA, "NetOutput", "Const", "Constant", "FileConstant")
_BASE: Final = 127
_GEARS: Final = "_pred_value_"
_DYNAMIC_KINDS: Final = {1: "batch size", 2: "image size", 3: "dimensions"}


def read_model(data: bytes, path: Path) -> Any:
    """The ``ModelDef`` that the bytes hold.

    Raises:
        ModelFormatError: They are damaged.
    """
    try:
        return load_schema("ascend").message("ModelDef").FromString(data)
    except DecodeError as error:
        raise damaged(path, f"its graph cannot be decoded ({error})") from error


def attributes(owner: Any, model: Any) -> dict[str, Any]:
    """The attributes of a model, graph, operator or tensor by their full names."""
    names = model.attr["attr_name_enum"].list.s if "attr_name_enum" in model.attr else ()
    return {_full_name(key, names): value for key, value in owner.attr.items()}


def _full_name(key: str, names: Any) -> str:
    if not key.startswith("\0"):
        return key
    index = sum((ord(digit) - 1) * _BASE**place for place, digit in enumerate(key[1:]))
    return _text(names[index]) if 0 <= index < len(names) else f"attribute {index}"


def text_attribute(model: Any, *names: str) -> str:
    """The first of these attributes of the model that is a text; empty when none is."""
    return next((_text(model.attr[name].s) for name in names if name in model.attr and model.attr[name].s), "")


def number_attribute(model: Any, name: str) -> int | None:
    """An attribute of the model that is a number, or None."""
    return int(model.attr[name].i) if name in model.attr else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def distinct_graphs(models: Iterable[Any]) -> list[Any]:
    """The graphs of all models, each once: a model of known shapes is also a graph of the model that calls it."""
    found: dict[str, Any] = {}
    for index, model in enumerate(models):
        for place, graph in enumerate(model.graph):
            found.setdefault(graph.name or f"{index}:{place}", graph)
    return list(found.values())


def operator_counts(graphs: Iterable[Any]) -> dict[str, int]:
    """Operator type to number of operators that compute, most frequent first."""
    counts = Counter(op.type for graph in graphs for op in graph.op if op.type not in _NO_WORK)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def parameter_count(graphs: Iterable[Any]) -> int:
    """Number of elements of all constants."""
    total = 0
    for op in _operators(graphs, ("Const", "Constant", "FileConstant")):
        for desc in op.output_desc:
            size = 1
            for dim in desc.shape.dim:
                size *= max(int(dim), 0)
            total += size
    return total


def _operators(graphs: Iterable[Any], types: tuple[str, ...]) -> Iterator[Any]:
    return (op for graph in graphs for op in graph.op if op.type in types)


def graph_inputs(model: Any) -> tuple[TensorSpec, ...]:
    """The first graph's inputs, in the order of their indices, under their operators' names."""
    if not model.graph:
        return ()
    found = [op for op in model.graph[0].op if op.type in _DATA]
    found.sort(key=lambda op: _index(attributes(op, model)))
    return tuple(_spec(op.name, op.output_desc[0], model) for op in found if op.output_desc)


def _index(attrs: Mapping[str, Any]) -> int:
    return int(attrs["index"].i) if "index" in attrs else 0


def graph_outputs(model: Any) -> tuple[TensorSpec, ...]:
    """The first graph's outputs: under the names that the model states, else ``operator:index`` of what makes them."""
    found = [op for op in model.graph[0].op if op.type == "NetOutput"] if model.graph else []
    if not found:
        return ()
    sources = [name for name in found[0].input if name and not name.endswith(":-1")]
    stated = next((value.list.s for key, value in model.attr.items() if key.endswith("out_nodes_name")), ())
    names = [_text(name) for name in stated] if len(stated) == len(found[0].input_desc) else sources
    descs = found[0].input_desc
    return tuple(
        _spec(names[index] if index < len(names) else f"output {index}", desc, model)
        for index, desc in enumerate(descs)
    )


def _spec(name: str, desc: Any, model: Any) -> TensorSpec:
    attrs = attributes(desc, model)
    dims = desc.shape.dim
    if "origin_shape_initialized" in attrs and attrs["origin_shape_initialized"].b and "origin_shape" in attrs:
        dims = attrs["origin_shape"].list.i
    shape = tuple(None if dim < 0 else int(dim) for dim in dims)
    return TensorSpec(name=name, dtype=dtype_name(desc.dtype, GRAPH_DTYPES), shape=None if -2 in dims else shape)


def gears(model: Any) -> tuple[str, tuple[tuple[int, ...], ...]]:
    """What the model takes in several sizes (``batch size``, ``image size``, ``dimensions``), and the sizes.

    They stand at the Case operator that chooses the branch compiled for a size.
    """
    for op in _operators(model.graph, ("Case",)):
        attrs = attributes(op, model)
        count = sum(key.startswith(_GEARS) and key[len(_GEARS) :].isdigit() for key in attrs)
        sizes = [attrs[f"{_GEARS}{index}"].list.i for index in range(count) if f"{_GEARS}{index}" in attrs]
        if sizes:
            kind = int(attrs["_dynamic_type"].i) if "_dynamic_type" in attrs else 0
            return _DYNAMIC_KINDS.get(kind, "sizes"), tuple(tuple(int(dim) for dim in item) for item in sizes)
    return "", ()
