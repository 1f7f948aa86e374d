"""A model on disk in two parts, the weights once and small graphs on demand, to look at tensors inside it.

Each graph written computes the tensors asked for and nothing else; the weights of all of them lie in one data file,
which the runtime maps. Looking at a model therefore costs one copy of its weights on disk and none in memory.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import onnx
import onnx_ir as ir

from modelwright.hub.dtypes import dtype_name
from modelwright.hub.io_write import save
from modelwright.hub.spreads import add_spreads

DIGESTED: Final = frozenset(
    "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool".split()
)
"""Dtypes of which ``Digest`` holds mean and norm."""

_CAST_SINCE: Final = 6
_WIDE: Final = "float32"
_PREFIX: Final = "modelwright.digest"


class Skeleton:
    """The graphs and the weights of one model, in a folder that must outlive it.

    Attributes:
        made: Every value that a node of the main graph makes, in order.
        dtypes: Lower-case dtype of each value of the main graph, as far as it can be told without running; the empty
            text for values that are no tensors.
        shapes: Dimensions of each, as far as they are numbers; none where the rank is not known either.
    """

    def __init__(self, model: ir.Model, folder: Path) -> None:
        """Writes the weights.

        Args:
            model: The model; its values have names.
            folder: An empty folder.

        Raises:
            OutputError: The folder cannot be written to.
        """
        self._folder = folder
        path = folder / "model.onnx"
        save(model, path, external_data=True)
        self._proto = onnx.ModelProto.FromString(path.read_bytes())
        graph = self._proto.graph
        self._makers = {name: index for index, node in enumerate(graph.node) for name in node.output if name}
        self.made = tuple(self._makers)
        self._reads = [tuple(_reads(node)) for node in graph.node]
        self._initializers = {item.name: item for item in graph.initializer}
        self._sparse = {item.values.name: item for item in graph.sparse_initializer}
        self._inputs = {item.name: item for item in graph.input}
        self._types = _inferred_types(self._proto)
        self.dtypes = {name: _dtype(kind) for name, kind in self._types.items()}
        self.shapes = {name: _shape(kind) for name, kind in self._types.items()}
        self._written = 0

    def write(
        self,
        outputs: Sequence[str],
        *,
        digests: Sequence[str] = (),
        spreads: Sequence[str] = (),
        most: int = 0,
        steps: Mapping[str, int] | None = None,
        unbound: Container[str] = (),
        starts: Mapping[str, tuple[str, int]] | None = None,
    ) -> Path:
        """Writes a graph that gives ``outputs``, for each of ``digests`` what ``digest_names`` says, and so on.

        Args:
            outputs: Values made by nodes of the main graph.
            digests: Values made by nodes of the main graph.
            spreads: Float values of which the graph gives what ``spreads`` says; inputs may be among them.
            most: Numbers of each of ``spreads`` that are given at most.
            steps: Every which number is given of some of ``spreads``; otherwise what suits their shapes.
            unbound: Those of ``spreads`` of which only numbers are wanted.
            starts: Values that become inputs instead of being computed, each with dtype and rank.

        Returns:
            The file; its inputs are those that the outputs need.
        """
        begin = starts or {}
        kept, read = self._needed([*outputs, *digests, *spreads], begin)
        proto = onnx.ModelProto()
        proto.CopyFrom(_frame(self._proto))
        graph = proto.graph
        graph.node.extend(self._proto.graph.node[index] for index in kept)
        graph.input.extend(item for name, item in self._inputs.items() if name in read and name not in begin)
        graph.input.extend(_input(name, dtype, rank) for name, (dtype, rank) in begin.items() if name in read)
        graph.initializer.extend(
            item for name, item in self._initializers.items() if name in read and name not in begin
        )
        graph.sparse_initializer.extend(item for name, item in self._sparse.items() if name in read)
        graph.output.extend(self._output(name) for name in outputs)
        for place, name in reversed(list(enumerate(digests))):  # each when it is made: see hub/spreads.py
            _add_digest(proto, name, place, self.dtypes.get(name, ""))
        if spreads:
            others = {name for name in spreads if self.dtypes.get(name) != _WIDE}
            add_spreads(proto, spreads, most=most, shapes=self.shapes, steps=steps, others=others, unbound=unbound)
        self._written += 1
        path = self._folder / f"probe{self._written}.onnx"
        path.write_bytes(proto.SerializeToString())
        return path

    def between(self, ends: Sequence[str], starts: Sequence[str]) -> tuple[list[str], list[str]]:
        """What computes ``ends`` from ``starts``.

        Returns:
            Names of the nodes between (their first output where a node has no name), and the names of graph inputs
            needed besides.
        """
        kept, read = self._needed(ends, dict.fromkeys(starts, ("", 0)))
        nodes = [self._proto.graph.node[index] for index in kept]
        free = [name for name in self._inputs if name in read and name not in self._initializers and name not in starts]
        return [node.name or next(iter(node.output), "") for node in nodes], free

    def _needed(self, ends: Sequence[str], starts: Mapping[str, object]) -> tuple[list[int], set[str]]:
        """Indices of the nodes that the ends need, in order, and every name they read."""
        nodes: set[int] = set()
        read: set[str] = set()
        pending = list(ends)
        while pending:
            name = pending.pop()
            index = self._makers.get(name)
            if name in starts or index is None or index in nodes:
                continue
            nodes.add(index)
            read.update(self._reads[index])
            pending.extend(self._reads[index])
        return sorted(nodes), read | set(ends)

    def _output(self, name: str) -> onnx.ValueInfoProto:
        info = onnx.ValueInfoProto(name=name)
        kind = self._types.get(name)
        if kind is not None and kind.WhichOneof("value") is not None:
            info.type.CopyFrom(kind)
            if info.type.HasField("tensor_type"):
                info.type.tensor_type.ClearField("shape")
        return info


def digest_names(place: int) -> tuple[str, str, str]:
    """Outputs of the digest number ``place``: shape, mean and Euclidean norm; the last two only of ``DIGESTED``."""
    return f"{_PREFIX}.{place}.shape", f"{_PREFIX}.{place}.mean", f"{_PREFIX}.{place}.norm"


def _add_digest(proto: onnx.ModelProto, name: str, place: int, dtype: str) -> None:
    graph = proto.graph
    shape, mean, norm = digest_names(place)
    graph.node.add(op_type="Shape", input=[name], output=[shape])
    graph.output.add(name=shape)
    version = next((item.version for item in proto.opset_import if item.domain in ("", "ai.onnx")), 0)
    if dtype not in DIGESTED or version < _CAST_SINCE:
        return
    wide = f"{_PREFIX}.{place}.float"
    cast = graph.node.add(op_type="Cast", input=[name], output=[wide])
    cast.attribute.add(name="to", type=onnx.AttributeProto.INT, i=onnx.TensorProto.FLOAT)
    for operator, output in (("ReduceMean", mean), ("ReduceL2", norm)):
        node = graph.node.add(op_type=operator, input=[wide], output=[output])
        node.attribute.add(name="keepdims", type=onnx.AttributeProto.INT, i=0)
        graph.output.add(name=output)


def _frame(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model without what stands in its graph."""
    frame = onnx.ModelProto(
        ir_version=proto.ir_version,
        opset_import=proto.opset_import,
        functions=proto.functions,
        producer_name=proto.producer_name,
    )
    if not any(item.domain in ("", "ai.onnx") for item in frame.opset_import):
        frame.opset_import.add(domain="", version=13)
    frame.graph.name = proto.graph.name or "graph"
    return frame


def _input(name: str, dtype: str, rank: int) -> onnx.ValueInfoProto:
    info = onnx.ValueInfoProto(name=name)
    tensor = info.type.tensor_type
    names = {"float32": "FLOAT", "float64": "DOUBLE"}
    tensor.elem_type = onnx.TensorProto.DataType.Value(names.get(dtype, dtype.upper()))
    tensor.shape.SetInParent()
    for axis in range(rank):
        tensor.shape.dim.add(dim_param=f"{name}.{axis}")
    return info


def _reads(node: onnx.NodeProto) -> Iterator[str]:
    """Names that a node and the subgraphs in it read, those made inside the subgraphs included."""
    yield from (name for name in node.input if name)
    for attribute in node.attribute:
        bodies: list[Any] = [*attribute.graphs]
        if attribute.type == onnx.AttributeProto.GRAPH:
            bodies.append(attribute.g)
        for body in bodies:
            yield from (item.name for item in body.output)
            for inner in body.node:
                yield from _reads(inner)


def _inferred_types(proto: onnx.ModelProto) -> dict[str, onnx.TypeProto]:
    """The types of the main graph's values that are written in the file or that onnx infers."""
    try:
        inferred = onnx.shape_inference.infer_shapes(proto, strict_mode=False)
    except (onnx.shape_inference.InferenceError, ValueError, RuntimeError):
        inferred = proto
    graph = inferred.graph
    found = {item.name: item.type for item in (*graph.value_info, *graph.output, *graph.input)}
    initializers = {item.name: onnx.TypeProto() for item in graph.initializer}
    for item in graph.initializer:
        initializers[item.name].tensor_type.elem_type = item.data_type
    return initializers | found


def _dtype(kind: onnx.TypeProto) -> str:
    if kind.WhichOneof("value") is None:
        return "unknown"
    if not kind.HasField("tensor_type"):
        return ""
    code = kind.tensor_type.elem_type
    return dtype_name(ir.DataType(code)) if code else "unknown"


def _shape(kind: onnx.TypeProto) -> tuple[int | None, ...]:
    """Dimensions as far as they are numbers; none where the rank is not known either."""
    return tuple(dim.dim_value if dim.HasField("dim_value") else None for dim in kind.tensor_type.shape.dim)
