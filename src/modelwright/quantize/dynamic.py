"""Products whose activations get their scale while the model runs: DynamicQuantizeLinear and MatMulInteger.

``x @ w`` becomes ``(MatMulInteger(xq, wq) as float) * (x_scale * w_scale)``, with what is left of a Gemm added behind.
ONNX Runtime fuses these nodes into one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.shape_rules.windows import flag
from modelwright.quantize.params import Params, Placement, QuantizedTensor, Role, TensorParams
from modelwright.quantize.weights import quantized
from modelwright.rewrites.context import RecordingBuilder, RewriteContext
from modelwright.rewrites.tensors import sizes_of


def insert_dynamic(model: ir.Model, placement: Placement, params: Params) -> Placement:
    """Replaces the dynamic products of a placement in place.

    Args:
        model: The model, before `insert`.
        placement: What is quantized; weights of ``placement.dynamic`` have one scale, or one for each output channel.
        params: Numbers of the weights.

    Returns:
        What is left of the placement for `insert`.
    """
    if not placement.dynamic:
        return placement
    context = RewriteContext(model.graph, model.graph.opset_imports[""])
    wanted = set(placement.dynamic)
    weights = {reader: tensor for tensor in placement.of_role(Role.WEIGHT) for reader in tensor.readers}
    dynamic = _Dynamic(context, weights, params)
    for node in [node for node in model.graph if node.name in wanted]:
        dynamic.replace(node)
    left = (
        replace(tensor, readers=tuple(reader for reader in tensor.readers if reader[0] not in wanted))
        for tensor in placement.tensors
    )
    return replace(placement, tensors=tuple(tensor for tensor in left if tensor.readers), dynamic=())


class _Dynamic:
    def __init__(
        self, context: RewriteContext, weights: Mapping[tuple[str, int], QuantizedTensor], params: Params
    ) -> None:
        self.context = context
        self.weights = weights
        self.params = params
        self.inputs: dict[ir.Value, tuple[ir.Value, ir.Value, ir.Value]] = {}

    def replace(self, node: ir.Node) -> None:
        x, weight = node.inputs[0], node.inputs[1]
        if x is None or weight is None or weight.const_value is None:
            raise InternalError(f"{node.name!r} has no constant weight")
        params = self.params[self.weights[node.name or "", 1].name]
        flipped = bool(flag(node, "transB"))
        build = self.context.before(node)
        xq, scale, zero = self._quantized(build, x)
        wq, weight_zero = self._integers(weight, params, flipped=flipped)
        accumulated = _one(build.emit("MatMulInteger", [xq, wq, zero, weight_zero]))
        wide = _one(build.emit("Cast", [accumulated], {"to": int(ir.DataType.FLOAT)}))
        scales = _one(build.emit("Mul", [scale, params.scale]))
        result = _one(build.emit("Mul", [wide, scales]))
        if len(node.inputs) > 2 and node.inputs[2] is not None:
            result = _one(build.emit("Add", [result, node.inputs[2]]))
        self.context.replace(node.outputs[0], result)
        self.context.root.remove(node, safe=True)

    def _quantized(self, build: RecordingBuilder, x: ir.Value) -> tuple[ir.Value, ir.Value, ir.Value]:
        """The activation as uint8 with its scale and zero point, made once for all that read it."""
        if x not in self.inputs:
            made = build.emit("DynamicQuantizeLinear", [x], outputs=3)
            if isinstance(made, ir.Value):
                raise InternalError("DynamicQuantizeLinear has three results")
            self.inputs[x] = made[0], made[1], made[2]
        return self.inputs[x]

    def _integers(self, weight: ir.Value, params: TensorParams, *, flipped: bool) -> tuple[ir.Value, ir.Value]:
        """A weight as integers, and its zero point; made anew for each product, as `insert` does and for its reason."""
        source = weight.const_value
        if source is None:
            raise InternalError(f"{weight.name!r} is no initializer")

        def compute() -> ir.TensorProtocol:
            array = quantized(np.asarray(source.numpy(), np.float32), params)
            return ir.Tensor(np.ascontiguousarray(array.T if flipped else array), name=name)

        name = self.context.names.unique(f"{weight.name}_quantized")
        sizes = sizes_of(source)[::-1] if flipped else sizes_of(source)
        dtype = ir.DataType[params.dtype.upper()]
        tensor = ir.LazyTensor(compute, dtype=dtype, shape=ir.Shape(sizes), name=name, cache=False)
        zero = ir.Tensor(_single(params.zero_point), name=self.context.names.unique(f"{weight.name}_zero_point"))
        return self._initializer(tensor), self._initializer(zero)

    def _initializer(self, tensor: ir.TensorProtocol) -> ir.Value:
        made = ir.Value(
            name=tensor.name, type=ir.TensorType(tensor.dtype), shape=ir.Shape(sizes_of(tensor)), const_value=tensor
        )
        self.context.root.register_initializer(made)
        return made


def _single(zero_points: np.ndarray) -> np.ndarray:
    """The zero point of a symmetric weight, which is the same for all channels."""
    return np.asarray(zero_points.reshape(-1)[0])


def _one(value: ir.Value | tuple[ir.Value, ...]) -> ir.Value:
    if not isinstance(value, ir.Value):
        raise InternalError("one result was expected")
    return value
