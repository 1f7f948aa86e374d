"""The steps: each draws one operator, or a few that belong together, with random attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[Any], None]
STEPS: list[Step] = []

UNARY = "Relu Neg Abs Sigmoid Tanh Identity LeakyRelu Softplus Sign Reciprocal".split()


def step(function: Step) -> Step:
    STEPS.append(function)
    return function


@step
def unary(d: Any) -> None:
    x, sizes = d.value()
    name = d.pick(UNARY)
    if name == "Reciprocal":
        x = d.op.Add(d.op.Abs(x), d.op.constant(np.asarray(1, d.dtype)))
    d.add(d.op.emit(name, [x]), sizes)


@step
def with_constant(d: Any) -> None:
    """Arithmetic with a number, a row, or one number a channel, on either side."""
    x, sizes = d.value()
    rank, kind = len(sizes), d.number(0, 3)
    shape = [(), (1,) * min(rank, 1), sizes[-1:], (sizes[1], *[1] * (rank - 2)) if rank > 1 else ()][kind]
    name = d.pick(["Add", "Sub", "Mul", "Div", "Max", "Min"])
    constant = d.positive(*shape) if name == "Div" else d.constant(*shape)
    pair = [x, constant]
    if name != "Div" and d.flag():
        pair.reverse()
    d.add(d.op.emit(name, pair), sizes)


@step
def two_values(d: Any) -> None:
    x, sizes = d.value()
    same = [item for item in d.values if item[1] == sizes]
    other = d.pick(range(len(same)))
    d.add(d.op.emit(d.pick(["Add", "Sub", "Mul", "Max"]), [x, same[other][0]]), sizes)


@step
def repeated(d: Any) -> None:
    """The same node twice."""
    x, sizes = d.value()
    name = d.pick(["Sigmoid", "Neg"])
    d.add(d.op.Add(d.op.emit(name, [x]), d.op.emit(name, [x])), sizes)


@step
def clip(d: Any) -> None:
    x, sizes = d.value()
    low, high = sorted([d.number(-2, 2) / 2, d.number(-2, 4) / 2])
    bounds = [low if d.flag() else None, high if d.flag() else None]
    values = [None if bound is None else d.op.constant(np.asarray(bound, d.dtype)) for bound in bounds]
    d.add(d.op.emit("Clip", [x, *values]), sizes)


@step
def transpose(d: Any) -> None:
    x, sizes = d.value(2, 3, 4)
    perm = [int(axis) for axis in d.random.permutation(len(sizes))]
    d.add(d.op.Transpose(x, perm=perm), tuple(sizes[axis] for axis in perm))


@step
def reshape(d: Any) -> None:
    """To fewer or more dimensions; some sizes are copied (0), one may be computed (-1)."""
    x, sizes = d.value()
    total = int(np.prod(sizes))
    target = d.pick([[total], [1, total], [*sizes, 1], [sizes[0], -1] if sizes else [1], list(sizes)])
    wanted = [total // int(np.prod([s for s in target if s > 0])) if size == -1 else size for size in target]
    entries = list(target)
    for axis, size in enumerate(wanted):
        if axis < len(sizes) and size == sizes[axis] and d.flag() and entries[axis] != -1:
            entries[axis] = 0
    if -1 not in entries and entries and d.flag():
        entries[d.number(0, len(entries) - 1)] = -1
    d.add(d.op.reshape(x, entries), tuple(wanted))


@step
def computed_reshape(d: Any) -> None:
    """Shape, Gather, Concat, Reshape, as frameworks export a flattening."""
    x, sizes = d.value(2, 3, 4)
    first = d.op.gather(d.op.Shape(x), [0])
    d.add(d.op.reshape(x, d.op.concat([first, d.op.ints(-1)], 0)), (sizes[0], int(np.prod(sizes[1:]))))


@step
def squeeze(d: Any) -> None:
    x, sizes = d.value(1, 2, 3)
    axis = d.number(0, len(sizes))
    wider = d.op.unsqueeze(x, [axis])
    d.add(wider, (*sizes[:axis], 1, *sizes[axis:]))
    if d.flag():
        d.add(d.op.squeeze(d.op.Neg(wider), [axis - len(sizes) - 1]), sizes)


@step
def concat(d: Any) -> None:
    x, sizes = d.value(1, 2, 3, 4)
    axis = d.axis(sizes)
    result = list(sizes)
    result[axis] *= 2
    d.add(d.op.Concat(x, d.op.Neg(x), axis=axis), tuple(result))


@step
def slice_(d: Any) -> None:
    x, sizes = d.value(1, 2, 3, 4)
    axis = d.axis(sizes)
    start, end, step_ = d.number(-3, 2), d.pick([1, 3, -1, 2**31 - 1, 2**63 - 1]), d.pick([1, 1, 2, -1])
    if step_ < 0:
        start, end = -1, d.pick([0, -(2**63) + 1])
    length = len(range(*slice(start, end if end > -(2**62) else None, step_).indices(sizes[axis])))
    result = list(sizes)
    result[axis] = length
    sliced = d.op.Slice(x, d.op.ints(start), d.op.ints(end), d.op.ints(axis), d.op.ints(step_))
    if length:
        d.add(sliced, tuple(result))


@step
def pad(d: Any) -> None:
    x, sizes = d.value(3, 4)
    before, after = [d.number(0, 2) for _ in sizes[2:]], [d.number(0, 1) for _ in sizes[2:]]
    pads = [0, 0, *before, 0, 0, *after]
    if min(sizes[2:]) < 3:
        return
    mode = d.pick(["constant", "constant", "reflect", "edge"])
    result = tuple(size + pads[axis] + pads[axis + len(sizes)] for axis, size in enumerate(sizes))
    d.add(d.op.pad(x, pads, mode=mode), result)


@step
def convolution(d: Any) -> None:
    x, sizes = d.value(3, 4)
    spatial = len(sizes) - 2
    group = d.pick([1, 1, sizes[1]])
    out, kernel = group * d.number(1, 2), [d.number(1, 3) for _ in range(spatial)]
    if any(size < k for size, k in zip(sizes[2:], kernel, strict=True)):
        return
    pads = [d.number(0, 1) for _ in range(2 * spatial)]
    stride = [d.number(1, 2) for _ in range(spatial)]
    weight = d.op.constant(d.random.standard_normal((out, sizes[1] // group, *kernel)).astype(d.dtype))
    bias = d.constant(out) if d.flag() else None
    y = d.op.Conv(x, weight, bias, pads=pads, strides=stride, group=group)
    span = [size + pads[i] + pads[i + spatial] - kernel[i] for i, size in enumerate(sizes[2:])]
    d.add(y, (sizes[0], out, *[s // stride[i] + 1 for i, s in enumerate(span)]))


@step
def transposed_convolution(d: Any) -> None:
    x, sizes = d.value(4)
    group = d.pick([1, sizes[1]])
    weight = d.op.constant(d.random.standard_normal((sizes[1], 2, 2, 3)).astype(d.dtype))
    bias = d.constant(2 * group) if d.flag() else None
    y = d.op.ConvTranspose(x, weight, bias, strides=[2, 1], group=group)
    d.add(y, (sizes[0], 2 * group, (sizes[2] - 1) * 2 + 2, sizes[3] + 2))


@step
def batch_normalization(d: Any) -> None:
    x, sizes = d.value(2, 3, 4)
    rows = [d.constant(sizes[1]), d.constant(sizes[1]), d.constant(sizes[1]), d.positive(sizes[1])]
    d.add(d.op.BatchNormalization(x, *rows, epsilon=d.pick([1e-5, 1e-3])), sizes)


@step
def channel_arithmetic(d: Any) -> None:
    """Scale and shift by channel, as they follow convolutions."""
    x, sizes = d.value(3, 4)
    shape = (1, sizes[1], *[1] * (len(sizes) - 2)) if d.flag() else (sizes[1], *[1] * (len(sizes) - 2))
    d.add(d.op.Add(d.op.Mul(x, d.constant(*shape)), d.constant(*shape)), sizes)


@step
def pool(d: Any) -> None:
    x, sizes = d.value(4)
    if min(sizes[2:]) < 2:
        return
    name = d.pick(["MaxPool", "AveragePool"])
    source = d.op.Relu(x) if d.flag() else x
    pads = [d.number(0, 1) for _ in range(4)]
    extra = {"count_include_pad": d.number(0, 1)} if name == "AveragePool" else {}
    y = d.op.emit(name, [source], {"kernel_shape": [2, 2], "pads": pads, **extra})
    d.add(y, (*sizes[:2], *[size + pads[i] + pads[i + 2] - 1 for i, size in enumerate(sizes[2:])]))


@step
def product(d: Any) -> None:
    """MatMul or Gemm with constant weights, with or without a bias row."""
    x, sizes = d.value(2, 3)
    columns = d.number(1, 4)
    bias = d.constant(*d.pick([(columns,), (1, columns), ()]))
    if len(sizes) == 2 and d.flag():
        turned = d.number(0, 1)
        weight = d.constant(*((columns, sizes[1]) if turned else (sizes[1], columns)))
        factors = {"alpha": d.pick([1.0, 0.5]), "beta": d.pick([1.0, 2.0])}
        y = d.op.Gemm(x, weight, bias if d.flag() else None, transB=turned, **factors)
    else:
        y = d.op.MatMul(x, d.constant(sizes[-1], columns))
        y = d.op.Add(y, bias) if d.flag() else y
    d.add(y, (*sizes[:-1], columns))


@step
def reduction(d: Any) -> None:
    x, sizes = d.value(2, 3, 4)
    axes = sorted({d.axis(sizes) % len(sizes), d.number(0, len(sizes) - 1)})
    keep = d.flag()
    y = d.op.reduce(d.pick(["ReduceMean", "ReduceMax", "ReduceSum"]), x, axes, keepdims=keep)
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(sizes))
    d.add(y, kept if keep else tuple(size for axis, size in enumerate(sizes) if axis not in axes))


@step
def softmax(d: Any) -> None:
    x, sizes = d.value(2, 3, 4)
    d.add(d.op.Softmax(x, axis=len(sizes) - 1), sizes)


@step
def gather(d: Any) -> None:
    x, sizes = d.value(1, 2, 3)
    axis = d.axis(sizes) % len(sizes)
    places = [d.number(-sizes[axis], sizes[axis] - 1) for _ in range(d.number(1, 3))]
    result = (*sizes[:axis], len(places), *sizes[axis + 1 :])
    d.add(d.op.gather(x, places, axis=axis), result)


@step
def spread(d: Any) -> None:
    """Expand or Tile, sometimes to the size that is there."""
    x, sizes = d.value(1, 2, 3)
    if d.flag():
        times = [d.number(1, 2) for _ in sizes]
        d.add(d.op.Tile(x, d.op.ints(times)), tuple(s * t for s, t in zip(sizes, times, strict=True)))
    else:
        front = d.number(1, 2)
        d.add(d.op.Expand(x, d.op.ints(front, *sizes)), (front, *sizes))


@step
def filled(d: Any) -> None:
    """Arithmetic with a tensor of one number, of a constant or a computed shape."""
    x, sizes = d.value(1, 2, 3)
    shape = d.op.Shape(x) if d.flag() else d.op.ints(list(sizes))
    number = np.asarray([d.number(0, 2)], d.dtype)
    d.add(d.op.emit(d.pick(["Add", "Mul"]), [x, d.op.ConstantOfShape(shape, value=number)]), sizes)


@step
def folded(d: Any) -> None:
    """Arithmetic on constants alone."""
    x, sizes = d.value(1, 2, 3)
    constant = d.op.emit(d.pick(["Neg", "Sin", "Abs"]), [d.constant(sizes[-1])])
    constant = d.op.emit(d.pick(["Add", "Mul", "Sub"]), [constant, d.constant(1)])
    d.add(d.op.Add(x, constant), sizes)


@step
def where(d: Any) -> None:
    x, sizes = d.value()
    condition = d.op.Greater(x, d.op.constant(np.asarray(0, d.dtype)))
    d.add(d.op.Where(condition, x, d.constant(1)), sizes)


@step
def split(d: Any) -> None:
    x, sizes = d.value(2, 3)
    if sizes[-1] < 2:
        return
    parts = d.op.slice(x, [0], [1], [len(sizes) - 1]), d.op.slice(x, [1], [None], [len(sizes) - 1])
    d.add(parts[0], (*sizes[:-1], 1))
    d.add(d.op.Concat(parts[1], parts[0], axis=-1), sizes)


@step
def casts(d: Any) -> None:
    x, sizes = d.value()
    between = d.pick([1, 11, 7])
    d.add(d.op.Cast(d.op.Cast(x, to=between), to=1 if d.dtype == np.float32 else 11), sizes)


@step
def dropout(d: Any) -> None:
    x, sizes = d.value()
    d.add(d.op.Dropout(x), sizes)
