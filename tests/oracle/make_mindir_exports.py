"""Makes ``tests/fixtures/mindir/exports``: models that MindSpore exports, with what it computes for them.

Run under an interpreter that has MindSpore 2.10:

    DNNL_MAX_CPU_ISA=AVX2 GLOG_v=4 python tests/oracle/make_mindir_exports.py
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mindspore as ms
import numpy as np
from mindspore import Parameter, Tensor, mint, nn, ops

FOLDER = Path(__file__).parents[1] / "fixtures/mindir/exports"
RANDOM = np.random.default_rng(7)


def array(*shape: int) -> np.ndarray:
    """Random numbers."""
    return RANDOM.standard_normal(shape).astype(np.float32)


class Wrapped(nn.Cell):
    """A function as a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def construct(self, *inputs: Any) -> Any:
        """What the function gives."""
        return self.function(*inputs)


class Small(nn.Cell):
    """A small network for images."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, pad_mode="same", has_bias=True)
        self.norm = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(2, 2)
        self.flat = nn.Flatten()
        self.dense = nn.Dense(16, 5)

    def construct(self, x: Any) -> Any:
        """Scores."""
        return self.dense(self.flat(self.pool(ops.relu(self.norm(self.conv(x))))))


class Recurrent(nn.Cell):
    """An LSTM with its first states."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, **settings)

    def construct(self, x: Any, h: Any, c: Any) -> Any:
        """All states, and the last ones."""
        every, (last, cell) = self.lstm(x, (h, c))
        return every, last, cell


class Scaled(nn.Cell):
    """A weight that is read by an effect-free Load."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = Parameter(Tensor(array(3, 5)), name="weight")
        self.norm = nn.LayerNorm((5,))

    def construct(self, x: Any) -> Any:
        """Two results, one of them normalized."""
        y = x * self.weight
        return self.norm(y), ops.concat((y, x), 1)


class Chosen(nn.Cell):
    """One of two results, with a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = Parameter(Tensor(ones_of(3, 4)), name="weight")

    def construct(self, flag: Any, x: Any) -> Any:
        """One branch multiplies, the other gives two steps."""
        if flag:
            y, z = x * self.weight, x
        else:
            y, z = x - self.weight, ops.relu(x)
        return y + 1, z


class Repeated(nn.Cell):
    """Turns until a sum is large, in each of which a product and a choice."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = Parameter(Tensor(np.abs(ones_of(4, 4))), name="weight")

    def construct(self, count: Any, x: Any) -> Any:
        """What is left, and how many turns there were."""
        turn = ops.zeros_like(count)
        while turn < count:
            y = ops.matmul(x, self.weight)
            if y.sum() > 100:
                y = y / 7
                x = y - 1
            else:
                x = y + 1
            turn = turn + 1
        return x, turn


X = array(2, 4, 6, 8)
POSITIVE = np.abs(X) + 0.5
M, K = array(3, 4), array(4, 5)
IMAGE = array(1, 2, 5, 7)


def ones_of(*shape: int) -> np.ndarray:
    """Numbers that are all different."""
    return (np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape) / 10 - 1).astype(np.float32)


SLOPES = Tensor(np.array([0.1, 0.2, 0.3, 0.4], np.float32))
PICKED = Tensor(np.array([2, 0, 1]), ms.int32)
ELEMENTS = Tensor(np.array([[0, 2], [1, 0]]), ms.int32)
POINTS = Tensor(np.array([[0, 2], [1, 3]]), ms.int32)
ROWS = Tensor(np.array([[0], [2]]), ms.int32)
PLACES = Tensor(np.array([[0, 2]]), ms.int32)
NEW = Tensor(np.array([[5.0, 7.0]], np.float32))
ONE, ZERO = Tensor(1.0, ms.float32), Tensor(0.0, ms.float32)
DEPTHWISE = Tensor(ones_of(4, 1, 3, 2))
VOLUME = Tensor(ones_of(2, 3, 2, 2, 2))


def case_unary(x: Any) -> Any:
    """Case ``unary``."""
    return ops.exp(ops.neg(ops.abs(ops.tanh(ops.erf(ops.sin(ops.sigmoid(x)))))))


def case_roots(x: Any) -> Any:
    """Case ``roots``."""
    return ops.rsqrt(x) + ops.sqrt(x) + ops.log(x) + ops.reciprocal(x) + ops.square(x)


def case_rounding(x: Any) -> Any:
    """Case ``rounding``."""
    return (ops.floor(x), ops.ceil(x), ops.round(x), ops.trunc(x), ops.sign(x))


def case_trigonometry(x: Any) -> Any:
    """Case ``trigonometry``."""
    return ops.acos(x) + ops.asin(x) + ops.atan(x) + ops.cosh(x) + ops.sinh(x)


def case_activations(x: Any) -> Any:
    """Case ``activations``."""
    return (ops.relu6(x), ops.elu(x), ops.selu(x), ops.hardswish(x), ops.hardsigmoid(x), ops.silu(x))


def case_activations_2(x: Any) -> Any:
    """Case ``activations_2``."""
    return (ops.mish(x), ops.softplus(x), ops.leaky_relu(x, 0.1), ops.gelu(x))


def case_prelu(x: Any) -> Any:
    """Case ``prelu``."""
    return ops.prelu(x, SLOPES)


def case_arithmetic(a: Any, b: Any) -> Any:
    """Case ``arithmetic``."""
    return (a + b, a - b, a * b, a / b, ops.floor_div(a, b), a % b)


def case_compare(a: Any, b: Any) -> Any:
    """Case ``compare``."""
    return ops.where(ops.logical_or(a > b, a <= 0.1), ops.maximum(a, b), a)


def case_clip(x: Any) -> Any:
    """Case ``clip``."""
    return ops.clip(x, 0.2, 0.8)


def case_infinite(x: Any) -> Any:
    """Case ``infinite``."""
    return (ops.isinf(x), ops.isnan(x))


def case_cast(x: Any) -> Any:
    """Case ``cast``."""
    return ops.cast(ops.cast(x, ms.int32), ms.float16)


def case_matmul(a: Any, b: Any) -> Any:
    """Case ``matmul``."""
    return ops.matmul(a, b)


def case_matmul_transposed(a: Any, b: Any) -> Any:
    """Case ``matmul_transposed``."""
    return ops.MatMul(transpose_b=True)(a, b)


def case_bmm(a: Any, b: Any) -> Any:
    """Case ``bmm``."""
    return ops.bmm(a, b)


def case_reduce(x: Any) -> Any:
    """Case ``reduce``."""
    return (x.mean((2, 3), True), x.sum(1), x.max(2), x.min(), ops.prod(x, 3))


def case_reduce_std(x: Any) -> Any:
    """Case ``reduce_std``."""
    return ops.std(x, 1, True)


def case_arg(x: Any) -> Any:
    """Case ``arg``."""
    return (ops.argmax(x, 1), ops.argmin(x, 2))


def case_softmax(x: Any) -> Any:
    """Case ``softmax``."""
    return (ops.softmax(x, 1), ops.log_softmax(x, -1))


def case_topk(x: Any) -> Any:
    """Case ``topk``."""
    return ops.topk(x, 3)


def case_sort(x: Any) -> Any:
    """Case ``sort``."""
    return ops.sort(x, -1, True)


def case_cumsum(x: Any) -> Any:
    """Case ``cumsum``."""
    return ops.cumsum(x, 2)


def case_shapes(x: Any) -> Any:
    """Case ``shapes``."""
    return ops.transpose(ops.reshape(x, (2, 24, -1)), (2, 0, 1)).expand_dims(1)


def case_squeeze(x: Any) -> Any:
    """Case ``squeeze``."""
    return ops.squeeze(ops.broadcast_to(x, (4, 3, 1, 5)), 2)


def case_tile(x: Any) -> Any:
    """Case ``tile``."""
    return ops.tile(ops.flip(x, (1,)), (2, 1, 1, 3))


def case_concat_stack(a: Any, b: Any) -> Any:
    """Case ``concat_stack``."""
    return ops.concat((ops.stack((a, b), 1), ops.stack((b, a), 1)), 1)


def case_split(x: Any) -> Any:
    """Case ``split``."""
    return ops.split(x, 2, 1)


def case_slices(x: Any) -> Any:
    """Case ``slices``."""
    return x[:, 1:3, ::2, -3:] + x[0, 0, 0, 0]


def case_slice(x: Any) -> Any:
    """Case ``slice``."""
    return ops.slice(x, (0, 1, 2, 0), (2, 2, 3, 8))


def case_gather(x: Any) -> Any:
    """Case ``gather``."""
    return ops.gather(x, PICKED, 1)


def case_gather_elements(x: Any) -> Any:
    """Case ``gather_elements``."""
    return ops.gather_elements(x, 1, ELEMENTS)


def case_gather_nd(x: Any) -> Any:
    """Case ``gather_nd``."""
    return ops.gather_nd(x, POINTS)


def case_scatter_nd(x: Any) -> Any:
    """Case ``scatter_nd``."""
    return ops.scatter_nd(ROWS, x, (3, 4))


def case_scatter_elements(x: Any) -> Any:
    """Case ``scatter_elements``."""
    return ops.tensor_scatter_elements(x, PLACES, NEW, 0)


def case_one_hot(x: Any) -> Any:
    """Case ``one_hot``."""
    return ops.one_hot(ops.cast(x, ms.int32), 3, ONE, ZERO)


def case_depth_to_space(x: Any) -> Any:
    """Case ``depth_to_space``."""
    return ops.SpaceToDepth(2)(ops.DepthToSpace(2)(x))


def case_triu(x: Any) -> Any:
    """Case ``triu``."""
    return ops.triu(x, 1)


def case_pad(x: Any) -> Any:
    """Case ``pad``."""
    return (ops.pad(x, (1, 2, 0, 1), value=0.5), ops.pad(x, (1, 2, 2, 1), "reflect"))


def case_conv_groups(x: Any) -> Any:
    """Case ``conv_groups``."""
    return ops.conv2d(x, DEPTHWISE, None, (2, 1), "pad", (1, 0), (1, 2), 4)


def case_conv3d(x: Any) -> Any:
    """Case ``conv3d``."""
    return ops.conv3d(x, VOLUME, None, (1, 2, 1), "valid")


def case_avg_pool(x: Any) -> Any:
    """Case ``avg_pool``."""
    return (ops.AvgPool((2, 3), (1, 2), "valid")(x), ops.AvgPool(3, 2, "same")(x))


def case_avg_pool_padded(x: Any) -> Any:
    """Case ``avg_pool_padded``."""
    return ops.avg_pool2d(x, 3, 2, 1)


def case_max_pool(x: Any) -> Any:
    """Case ``max_pool``."""
    return ops.MaxPool(3, 2, "same")(x)


def case_max_pool_padded(x: Any) -> Any:
    """Case ``max_pool_padded``."""
    return ops.max_pool2d(x, 3, 2, 1)


def case_adaptive_pool(x: Any) -> Any:
    """Case ``adaptive_pool``."""
    return (ops.adaptive_avg_pool2d(x, 1), ops.adaptive_avg_pool2d(x, (4, 3)))


def case_resize_bilinear(x: Any) -> Any:
    """Case ``resize_bilinear``."""
    return ops.interpolate(x, size=(8, 9), mode="bilinear")


def case_resize_corners(x: Any) -> Any:
    """Case ``resize_corners``."""
    return ops.interpolate(x, size=(8, 9), mode="bilinear", align_corners=True)


def case_resize_nearest(x: Any) -> Any:
    """Case ``resize_nearest``."""
    return ops.interpolate(x, size=(8, 9), mode="nearest")


def case_grid_sample(x: Any, g: Any) -> Any:
    """Case ``grid_sample``."""
    return ops.grid_sample(x, g, align_corners=False)


def case_group_norm(x: Any) -> Any:
    """Case ``group_norm``."""
    return ops.group_norm(x, 2)


def case_lrn(x: Any) -> Any:
    """Case ``lrn``."""
    return ops.LRN(2, 1.5, 0.7, 0.6)(x)


def case_nonzero(x: Any) -> Any:
    """Case ``nonzero``."""
    return ops.nonzero(x)


CASES: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "unary": (case_unary, (X,)),
    "roots": (case_roots, (POSITIVE,)),
    "rounding": (case_rounding, (X * 3,)),
    "trigonometry": (case_trigonometry, (np.tanh(X),)),
    "activations": (case_activations, (X * 4,)),
    "activations_2": (case_activations_2, (X * 2,)),
    "prelu": (case_prelu, (X,)),
    "arithmetic": (case_arithmetic, (X, POSITIVE)),
    "compare": (case_compare, (X, POSITIVE)),
    "clip": (case_clip, (X,)),
    "infinite": (case_infinite, (np.array([1, np.inf, np.nan], np.float32),)),
    "cast": (case_cast, (X * 3,)),
    "matmul": (case_matmul, (M, K)),
    "matmul_transposed": (case_matmul_transposed, (M, array(6, 4))),
    "bmm": (case_bmm, (array(2, 3, 4), array(2, 4, 5))),
    "reduce": (case_reduce, (X,)),
    "reduce_std": (case_reduce_std, (X,)),
    "arg": (case_arg, (X,)),
    "softmax": (case_softmax, (X,)),
    "topk": (case_topk, (X,)),
    "sort": (case_sort, (X,)),
    "cumsum": (case_cumsum, (X,)),
    "shapes": (case_shapes, (X,)),
    "squeeze": (case_squeeze, (array(1, 3, 1, 5),)),
    "tile": (case_tile, (X,)),
    "concat_stack": (case_concat_stack, (X, POSITIVE)),
    "split": (case_split, (X,)),
    "slices": (case_slices, (X,)),
    "slice": (case_slice, (X,)),
    "gather": (case_gather, (X,)),
    "gather_elements": (case_gather_elements, (M[:2],)),
    "gather_nd": (case_gather_nd, (M,)),
    "scatter_nd": (case_scatter_nd, (array(2, 4),)),
    "scatter_elements": (case_scatter_elements, (M,)),
    "one_hot": (case_one_hot, (np.array([0, 2, 1], np.float32),)),
    "depth_to_space": (case_depth_to_space, (X,)),
    "triu": (case_triu, (M,)),
    "pad": (case_pad, (X,)),
    "conv_groups": (case_conv_groups, (X,)),
    "conv3d": (case_conv3d, (array(1, 3, 4, 5, 6),)),
    "avg_pool": (case_avg_pool, (X,)),
    "avg_pool_padded": (case_avg_pool_padded, (X,)),
    "max_pool": (case_max_pool, (X,)),
    "max_pool_padded": (case_max_pool_padded, (X,)),
    "adaptive_pool": (case_adaptive_pool, (X,)),
    "resize_bilinear": (case_resize_bilinear, (IMAGE,)),
    "resize_corners": (case_resize_corners, (IMAGE,)),
    "resize_nearest": (case_resize_nearest, (IMAGE,)),
    "grid_sample": (case_grid_sample, (IMAGE, np.tanh(array(1, 3, 4, 2)))),
    "group_norm": (case_group_norm, (X,)),
    "lrn": (case_lrn, (X,)),
    "nonzero": (case_nonzero, (np.array([[0, 1], [2, 0]], np.float32),)),
}


def models() -> dict[str, tuple[nn.Cell, tuple[np.ndarray, ...]]]:
    """All models with inputs."""
    found: dict[str, tuple[nn.Cell, tuple[np.ndarray, ...]]] = {
        name: (Wrapped(function), inputs) for name, (function, inputs) in CASES.items()
    }
    found["net"] = Small(), (array(2, 3, 8, 8),)
    found["load"] = Scaled(), (array(3, 5),)
    found["transposed"] = nn.Conv2dTranspose(4, 2, 3, 2, pad_mode="same"), (X,)
    found["transposed_pad"] = nn.Conv2dTranspose(4, 2, 3, 2, pad_mode="pad", padding=1), (X,)
    found["dense"] = mint.nn.Linear(4, 3), (M,)
    found["chosen_yes"] = Chosen(), (np.array(True), M)
    found["chosen_no"] = Chosen(), (np.array(False), M)
    found["repeated"] = Repeated(), (np.array(9, np.int32), M)
    found["lstm"] = Recurrent(), (array(5, 2, 3), array(1, 2, 4), array(1, 2, 4))
    found["lstm_no_bias"] = (
        Recurrent(has_bias=False, batch_first=True),
        (array(2, 5, 3), array(1, 2, 4), array(1, 2, 4)),
    )
    found["lstm_stacked"] = (
        Recurrent(num_layers=2, bidirectional=True),
        (array(7, 3, 3), array(4, 3, 4), array(4, 3, 4)),
    )
    found["not_repeated"] = Repeated(), (np.array(0, np.int32), M)
    return found


def export(name: str, model: nn.Cell, inputs: tuple[np.ndarray, ...], folder: Path, dynamic: bool) -> None:
    """Writes a model and its answers."""
    model.set_train(False)
    tensors = [Tensor(item) for item in inputs]
    shapes = [Tensor(shape=[None, *item.shape[1:]], dtype=ms.float32) for item in inputs] if dynamic else tensors
    ms.export(model, *shapes, file_name=str(folder / name), file_format="MINDIR")
    results = model(*tensors)
    results = results if isinstance(results, tuple | list) else (results,)
    arrays = {f"in{place}": item for place, item in enumerate(inputs)}
    arrays |= {f"out{place}": item.asnumpy() for place, item in enumerate(results)}
    np.savez_compressed(folder / f"{name}.npz", **arrays)


def main() -> None:
    """Makes all files; a name as argument makes that one only."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    for name, (model, inputs) in models().items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        for suffix, dynamic in (("", False), ("_open", True)):
            if dynamic and name not in ("net", "softmax", "shapes", "bmm", "avg_pool", "slices", "conv_groups"):
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    export(f"{name}{suffix}", model, inputs, Path(folder), dynamic)
                except Exception as error:  # noqa: BLE001  a case that this version does not export is named
                    print(f"{name}{suffix}: {str(error)[:300]}", file=sys.stderr)
                    continue
                for file in sorted(Path(folder).iterdir()):
                    (FOLDER / file.name).write_bytes(file.read_bytes())
    if len(sys.argv) == 1:
        ms.save_checkpoint(models()["net"][0], str(FOLDER / "net.ckpt"))


if __name__ == "__main__":
    main()
