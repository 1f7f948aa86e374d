"""From ranges to scales and zero points, and from arrays to integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.hub.io_tensors import payload, release_pages
from modelwright.quantize.finite import spoiled
from modelwright.quantize.observers.ranges import choose_range, shared_sketch
from modelwright.quantize.observers.sketch import Sketch, sketch_of
from modelwright.quantize.params import Params, Placement, QuantizedTensor, Role, TensorParams
from modelwright.quantize.responses import Response, response_of
from modelwright.quantize.settings import BITS, Scheme
from modelwright.quantize.statistics import Statistics
from modelwright.quantize.weights import block_ranges, channel_ranges, pair_ranges

_LARGEST_BIAS: Final = 2**30
"""Steps that a bias may take: half of what int32 holds leaves room for the sum it is added to."""

_PAIR: Final = 126
"""Steps that two neighbouring weights may have together where products are added in pairs in 16 bits: 255 times 128 is
what fits, and each of the two may be rounded away from zero."""

_SMALLEST_SCALE: Final = float(np.finfo(np.float32).tiny)


def compute_params(model: ir.Model, placement: Placement, statistics: Statistics) -> Params:
    """Scale and zero point of every tensor of a placement.

    Args:
        model: The prepared model, with its float weights.
        placement: What is quantized.
        statistics: What calibration saw of its activations.

    Returns:
        By name, in the placement's order.
    """
    arrays = model.graph.initializers
    functions = _functions(model.graph)
    found: dict[str, TensorParams] = {}
    for group in _groups(placement.tensors):
        params = _of_group(group, statistics.tensors, arrays, functions.get(group[0].name) if len(group) == 1 else None)
        found |= dict.fromkeys((tensor.name for tensor in group), params)
    for tensor in placement.of_role(Role.WEIGHT):
        if tensor.group is None:
            found[tensor.name] = weight_params(_tensor(arrays, tensor.name), tensor)
    for tensor in placement.of_role(Role.BIAS):
        found |= _bias_params(tensor, _tensor(arrays, tensor.name).numpy(), found)
    return {tensor.name: found[tensor.name] for tensor in placement.tensors}


def with_weights(model: ir.Model, placement: Placement, params: Params, weights: Mapping[str, TensorParams]) -> Params:
    """The numbers with those of some weights replaced, and with biases that fit them.

    Args:
        model: The prepared model, with its float biases.
        placement: What is quantized.
        params: The numbers so far.
        weights: New numbers of weights, by name.
    """
    found = {**params, **weights}
    for tensor in placement.of_role(Role.BIAS):
        found |= _bias_params(tensor, _tensor(model.graph.initializers, tensor.name).numpy(), found)
    return {tensor.name: found[tensor.name] for tensor in placement.tensors}


def activation_params(low: float, high: float, scheme: Scheme) -> TensorParams:
    """The numbers for a range that holds zero, which is represented exactly.

    Args:
        low: Least number, at most 0.
        high: Largest number, at least 0.
        scheme: How numbers become integers.
    """
    least, largest = limits(scheme.dtype)
    if scheme.symmetric:
        half = (largest - least) // 2
        scale, zero = max(-low, high) / half, (least + largest + 1) // 2
    else:
        scale = (high - low) / (largest - least)
        zero = 0 if scale < _SMALLEST_SCALE else least - round(low / scale)
    if scale < _SMALLEST_SCALE:
        scale, zero = 1.0, zero if scheme.symmetric else max(least, 0)
    return _single(scale, min(max(zero, least), largest), scheme.dtype)


def limits(dtype: str) -> tuple[int, int]:
    """Least and largest integer of a quantized dtype."""
    bits = BITS[dtype]
    return (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def weight_params(tensor: ir.TensorProtocol, wanted: QuantizedTensor) -> TensorParams:
    """Scales and zero points of a weight, from its exact ranges.

    Raises:
        ConversionError: It holds infinite numbers or NaN.
    """
    scheme = wanted.scheme
    array = tensor.numpy()
    if scheme.block:
        axis = 0 if wanted.axis is None else wanted.axis
        low, high = block_ranges(array, axis, scheme.block)
    else:
        axis = wanted.axis
        low, high = channel_ranges(array, axis)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise spoiled(wanted)
    for axes in wanted.paired:
        low, high = _with_room(low, high, pair_ranges(array, axes, axis), scheme)
    if isinstance(tensor, ir.Tensor):
        release_pages(payload(tensor))
    return _array_params(low, high, scheme, axis=axis)


def _with_room(
    low: np.ndarray, high: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], scheme: Scheme
) -> tuple[np.ndarray, np.ndarray]:
    """Ranges that are wide enough for sums of two neighbours to have at most `_PAIR` steps."""
    room = limits(scheme.dtype)[1] / _PAIR
    return np.minimum(low, pairs[0] * room), np.maximum(high, pairs[1] * room)


def _array_params(low: np.ndarray, high: np.ndarray, scheme: Scheme, *, axis: int | None) -> TensorParams:
    least, largest = limits(scheme.dtype)
    low, high = np.minimum(low, 0.0).astype(np.float64), np.maximum(high, 0.0).astype(np.float64)
    if scheme.symmetric:
        scale = np.maximum(-low, high) / ((largest - least) // 2)
        zero = np.full(scale.shape, (least + largest + 1) // 2)
    else:
        scale = (high - low) / (largest - least)
        zero = least - np.rint(np.divide(low, scale, out=np.zeros_like(scale), where=scale > 0))
    dead = scale < _SMALLEST_SCALE
    alive = scale[~dead]
    scale = np.where(dead, alive.mean() if alive.size else 1.0, scale)
    zero = np.clip(np.where(dead & (not scheme.symmetric), max(least, 0), zero), least, largest)
    return TensorParams(
        scale=scale.astype(np.float32),
        zero_point=zero.astype(zero_dtype(scheme.dtype)),
        dtype=scheme.dtype,
        axis=axis,
        block=scheme.block,
    )


def _of_group(
    group: Sequence[QuantizedTensor],
    sketches: Mapping[str, Sketch],
    arrays: Mapping[str, ir.Value],
    function: Response | None,
) -> TensorParams:
    """The numbers that the tensors of a group share; an activation without a group is one by itself."""
    first = group[0]
    if first.fixed is not None:
        return _fixed(first.fixed, first.scheme)
    seen = [sketches[tensor.name] for tensor in group if tensor.name in sketches]
    for tensor in group:
        if tensor.role is Role.WEIGHT:
            array = _tensor(arrays, tensor.name).numpy()
            seen.append(sketch_of(array, float(array.min(initial=0.0)), float(array.max(initial=0.0))))
    if not seen:
        raise InternalError(f"calibration saw nothing of {first.name!r}")
    low, high = choose_range(
        shared_sketch(seen), first.scheme, first.method, max_percentile=first.max_percentile, function=function
    )
    return activation_params(low, high, first.scheme)


def _functions(graph: ir.Graph) -> dict[str, Response]:
    """The function through which everything reads a value, by the value's name."""
    found = {value.name or "": response_of(value) for node in graph for value in node.outputs}
    return {name: function for name, function in found.items() if function is not None}


def _fixed(fixed: tuple[float, int], scheme: Scheme) -> TensorParams:
    """Scale and zero point that an engine demands, said for int8, in the dtype of the scheme."""
    scale, zero = fixed
    bits = BITS[scheme.dtype] - BITS["int8"]
    signed = zero * 2**bits
    shift = 2 ** (BITS[scheme.dtype] - 1) if scheme.dtype.startswith("u") else 0
    return _single(scale / 2**bits, signed + shift, scheme.dtype)


def _bias_params(
    tensor: QuantizedTensor, bias: np.ndarray, found: Mapping[str, TensorParams]
) -> dict[str, TensorParams]:
    """The numbers of a bias, which are products; and of the weight, where its scale is too small for the bias."""
    activation, weight = (found[name] for name in tensor.product or ("", ""))
    unit = activation.scale.astype(np.float64)
    scale = unit * weight.scale.astype(np.float64)
    needed = np.abs(bias.astype(np.float64)) / _LARGEST_BIAS
    if weight.scale.ndim == 0:
        needed = needed.max(initial=0.0)
    wider = np.where(needed > scale, needed / unit, weight.scale.astype(np.float64)).astype(np.float32)
    if np.any(wider != weight.scale):
        weight = TensorParams(scale=wider, zero_point=weight.zero_point, dtype=weight.dtype, axis=weight.axis)
    scale = (unit * weight.scale.astype(np.float64)).astype(np.float32)
    made = TensorParams(
        scale=scale,
        zero_point=np.zeros(scale.shape, np.int32),
        dtype="int32",
        axis=0 if scale.ndim else None,
    )
    return {tensor.name: made, (tensor.product or ("", ""))[1]: weight}


def _groups(tensors: Iterable[QuantizedTensor]) -> list[list[QuantizedTensor]]:
    """Activations, with all that share their scale, in order."""
    groups: dict[str, list[QuantizedTensor]] = {}
    for tensor in tensors:
        if tensor.role is Role.ACTIVATION or tensor.group is not None:
            groups.setdefault(tensor.group or tensor.name, []).append(tensor)
    return [sorted(group, key=lambda tensor: tensor.role is not Role.ACTIVATION) for group in groups.values()]


def _tensor(values: Mapping[str, ir.Value], name: str) -> ir.TensorProtocol:
    tensor = values[name].const_value if name in values else None
    if tensor is None:
        raise InternalError(f"{name!r} is no initializer")
    return tensor


def _single(scale: float, zero: int, dtype: str) -> TensorParams:
    return TensorParams(
        scale=np.array(scale, np.float32), zero_point=np.array(zero, zero_dtype(dtype)), dtype=dtype, axis=None
    )


def zero_dtype(dtype: str) -> np.dtype:
    """The numpy dtype that holds integers of a quantized dtype; a byte for those of 4 bits."""
    return np.dtype({"int4": "int8", "uint4": "uint8"}.get(dtype, dtype))
