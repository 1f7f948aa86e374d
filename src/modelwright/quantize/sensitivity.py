"""How much of the error at the outputs each quantized tensor causes, measured in one session.

The session computes the float model with every activation behind a switch: off, it passes; on, it is rounded to its
integers and back, and so are the weights it is multiplied with. Switched on alone, a tensor shows what it costs.
Nothing is rebuilt between the runs, and of each run only sums are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Self

import numpy as np
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.emitters import OpsetBuilder
from modelwright.quantize.params import Params, Placement, QuantizedTensor, Role, TensorParams
from modelwright.quantize.placement import OUTPUT_READER
from modelwright.quantize.reduce_placement import candidates
from modelwright.quantize.scope import values_by_name
from modelwright.quantize.session import ModelRuns, Runner
from modelwright.quantize.settings import BITS
from modelwright.quantize.weights import dequantized, quantized
from modelwright.rewrites.tensors import sizes_of

_SWITCHES: Final = "modelwright.switches"
_WEIGHTS: Final = 256 << 20
"""Bytes of weights up to which they are switched with what is multiplied with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What quantizing some tensors does.

    Attributes:
        names: Activations that share a scale.
        noise: Power of the error at the outputs in parts of the outputs' own, summed over the outputs, when these alone
            are quantized.
    """

    names: tuple[str, ...]
    noise: float


def sensitivities(
    model: ir.Model, placement: Placement, params: Params, feeds: Iterable[Mapping[str, np.ndarray]]
) -> tuple[Sensitivity, ...]:
    """Measures every activation of a placement; first are those that cost most for each tensor that leaves.

    Args:
        model: The prepared float model; not changed.
        placement: What is to be quantized.
        params: With which numbers.
        feeds: A few batches.
    """
    groups = candidates(placement)
    if not groups:
        return ()
    totals = np.zeros(len(groups))
    batches = 0
    with Switchboard(model, placement, params, groups) as board:
        for feed in feeds:
            exact = board.run(feed, ())
            totals += [noise_between(exact, board.run(feed, (place,))) for place in range(len(groups))]
            batches += 1
    found = [
        Sensitivity(names=names, noise=float(total) / max(batches, 1))
        for names, total in zip(groups, totals, strict=True)
    ]
    return tuple(sorted(found, key=lambda item: -item.noise / len(item.names)))


def noise_between(exact: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> float:
    """Power of the error in parts of the exact outputs' own, summed over the outputs."""
    total = 0.0
    for name, array in exact.items():
        if array.dtype.kind != "f" or array.shape != found[name].shape:
            continue
        wide = array.astype(np.float64)
        power = float(np.square(wide).sum())
        error = float(np.square(wide - found[name]).sum())
        total += error / power if power > 0 else float(error > 0)
    return total


class Switchboard:
    """The float model with groups of activations that can be quantized at will; a context manager."""

    def __init__(
        self, model: ir.Model, placement: Placement, params: Params, groups: Sequence[tuple[str, ...]]
    ) -> None:
        """Builds the model.

        Args:
            model: The prepared float model; not changed.
            placement: Who reads what.
            params: Numbers of the activations.
            groups: Names of activations that are switched together.
        """
        twin = model.clone()
        self._groups = len(groups)
        self._outputs = _add_switches(twin, placement, params, groups)
        self._names = [value.name or "" for value in model.graph.outputs]
        self._runs = ModelRuns(twin)
        self._runner: Runner | None = None

    def __enter__(self) -> Self:
        self._runs.__enter__()
        self._runner = self._runs.runner(self._outputs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runs.__exit__(kind, error, trace)

    def run(self, feed: Mapping[str, np.ndarray], on: Iterable[int]) -> dict[str, np.ndarray]:
        """The outputs, by the model's names, with some groups quantized."""
        switches = np.zeros(self._groups, dtype=bool)
        switches[list(on)] = True
        results = {} if self._runner is None else self._runner.run({**feed, _SWITCHES: switches})[0]
        return {name: results[output] for name, output in zip(self._names, self._outputs, strict=True)}


def _add_switches(
    model: ir.Model, placement: Placement, params: Params, groups: Sequence[tuple[str, ...]]
) -> list[str]:
    """Puts the switches in; returns the names of the outputs."""
    graph = model.graph
    switches = ir.Value(name=_SWITCHES, type=ir.TensorType(ir.DataType.BOOL), shape=ir.Shape([len(groups)]))
    graph.inputs.append(switches)
    tensors = {tensor.name: tensor for tensor in placement.tensors}
    weights = _weights_by_reader(model, placement)
    values = values_by_name(graph)
    first = next(iter(graph))
    op = OpsetBuilder(graph, graph.opset_imports.get("", 0), before=first)
    done: set[str] = set()
    for place, names in enumerate(groups):
        switch = op.gather(switches, place)
        for name in names:
            value = values[name]
            _connect(graph, tensors[name], _switched(op, value, switch, partial(_rounded, value, params[name])))
            for weight in [weight for reader, _ in tensors[name].readers for weight in weights.get(reader, ())]:
                if weight not in done:
                    done.add(weight)
                    value = graph.initializers[weight]
                    quantized = op.initializer(_quantized_weight(value, params[weight]), name=f"{weight}/quantized")
                    _connect(graph, tensors[weight], _switched(op, value, switch, partial(_taken, quantized)))
    return [value.name or "" for value in graph.outputs]


def _weights_by_reader(model: ir.Model, placement: Placement) -> dict[str, list[str]]:
    """Names of the quantized weights that each node reads; none where all together are too large to have twice."""
    found: dict[str, list[str]] = {}
    weights = placement.of_role(Role.WEIGHT)
    tensors = [model.graph.initializers[tensor.name].const_value for tensor in weights]
    if sum(tensor.nbytes for tensor in tensors if tensor is not None) > _WEIGHTS:
        return found
    for tensor in weights:
        for reader, _ in tensor.readers:
            found.setdefault(reader, []).append(tensor.name)
    return found


def _quantized_weight(value: ir.Value, numbers: TensorParams) -> ir.TensorProtocol:
    source = value.const_value
    if source is None:
        raise InternalError(f"{value.name!r} is no initializer")

    def compute() -> ir.TensorProtocol:
        return ir.Tensor(dequantized(quantized(np.asarray(source.numpy(), np.float32), numbers), numbers))

    return ir.LazyTensor(compute, dtype=ir.DataType.FLOAT, shape=ir.Shape(sizes_of(source)), cache=False)


def _connect(graph: ir.Graph, tensor: QuantizedTensor, switched: ir.Value) -> None:
    """Lets those read the switched form that will read the quantized one."""
    nodes = {node.name: node for node in graph}
    for reader, index in tensor.readers:
        if reader == OUTPUT_READER:
            graph.outputs[index] = switched
        else:
            nodes[reader].replace_input_with(index, switched)


def _switched(
    main: OpsetBuilder, value: ir.Value, switch: ir.Value, change: Callable[[OpsetBuilder], ir.Value]
) -> ir.Value:
    """An If that gives the value, or what ``change`` makes of it."""
    graph, name = main.graph, value.name or ""
    branches: list[ir.Attr] = []
    for branch in ("then_branch", "else_branch"):
        body = ir.Graph([], [], nodes=[], opset_imports=graph.opset_imports, name=f"{name}/{branch}")
        op = OpsetBuilder(body, main.opset)
        result = change(op) if branch == "then_branch" else _taken(value, op)
        result.name = f"{name}/{branch}"
        result.dtype = ir.DataType.FLOAT
        body.outputs.append(result)
        branches.append(ir.AttrGraph(branch, body))
    node = ir.Node("", "If", [switch], branches, num_outputs=1, name=f"{name}/switch")
    node.outputs[0].name = f"{name}/switched"
    node.outputs[0].dtype = ir.DataType.FLOAT
    maker = value.producer()
    if maker is not None:
        graph.insert_after(maker, node)
    elif main.before is not None:
        graph.insert_before(main.before, node)
    return node.outputs[0]


def _taken(value: ir.Value, op: OpsetBuilder) -> ir.Value:
    result: ir.Value = op.Identity(value)
    return result


def _rounded(value: ir.Value, numbers: TensorParams, op: OpsetBuilder) -> ir.Value:
    """Rounded to integers and back, in operators that every opset has for every number of bits."""
    bits = BITS[numbers.dtype]
    low = 0 if numbers.dtype.startswith("u") else -(2 ** (bits - 1))
    zero, scale = int(numbers.zero_point), np.float32(numbers.scale)
    bounds = [np.float32(low - zero), np.float32(low + 2**bits - 1 - zero)]
    result: ir.Value = op.Mul(op.Clip(op.Round(op.Div(value, scale)), *bounds), scale)
    return result
