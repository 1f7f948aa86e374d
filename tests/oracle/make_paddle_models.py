"""Whole networks as Paddle saves them, with Paddle's own answers. Runs under an interpreter with Paddle 2.6 or 3.

    env/bin/python tests/oracle/make_paddle_models.py [NAME ...]

Each goes to ``<cache>/paddle/<name>_pir`` or ``_program``: ``inference.json`` or ``.pdmodel``, ``inference.pdiparams``
and ``reference.npz`` (``in:<name>``, ``out:<number>``). Weights are random. The networks have the structure, not the
weights, of what their names say: what matters is which operators such models are made of.
"""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812  as everyone calls it
from paddle import inference, nn

PIR = not paddle.__version__.startswith("2.")
CACHE = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache" / "modelwright" / "oracle")


class Block(nn.Layer):
    """A convolution, a batch normalization and an activation."""

    def __init__(self, inside, outside, kernel=3, stride=1, groups=1, act=F.hardswish):
        super().__init__()
        self.conv = nn.Conv2D(inside, outside, kernel, stride, (kernel - 1) // 2, groups=groups, bias_attr=False)
        self.norm = nn.BatchNorm2D(outside)
        self.act = act

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class Squeeze(nn.Layer):
    """Channels weighted by what is in them."""

    def __init__(self, channels):
        super().__init__()
        self.down, self.up = nn.Conv2D(channels, channels // 4, 1), nn.Conv2D(channels // 4, channels, 1)

    def forward(self, x):
        pooled = F.relu(self.down(F.adaptive_avg_pool2d(x, 1)))
        return x * F.hardsigmoid(self.up(pooled), slope=0.2, offset=0.5)


class Separable(nn.Layer):
    """A depthwise convolution, weighted channels, and a convolution by points."""

    def __init__(self, inside, outside, stride=1, squeeze=True):
        super().__init__()
        self.deep = Block(inside, inside, 5 if squeeze else 3, stride, inside)
        self.squeeze = Squeeze(inside) if squeeze else nn.Identity()
        self.point = Block(inside, outside, 1)

    def forward(self, x):
        return self.point(self.squeeze(self.deep(x)))


class Recognizer(nn.Layer):
    """PP-OCR's recognizer: a light backbone, two bidirectional LSTMs, and characters by CTC."""

    def __init__(self):
        super().__init__()
        steps = [(32, 64, 1), (64, 128, 1), (128, 128, 1), (128, 256, (2, 1)), (256, 256, 1), (256, 512, (2, 1))]
        self.stem = Block(3, 32, 3, 2)
        self.body = nn.Sequential(*(Separable(a, b, step, b > 128) for a, b, step in steps))
        self.neck = nn.LSTM(512, 96, 2, direction="bidirect")
        self.mix = nn.TransformerEncoderLayer(192, 8, 384, activation="gelu", normalize_before=True)
        self.head = nn.Linear(192, 6625)

    def forward(self, x):
        y = F.avg_pool2d(self.body(self.stem(x)), [3, 2])
        y = paddle.transpose(paddle.mean(y, axis=2), [0, 2, 1])
        y, _ = self.neck(y)
        return F.softmax(self.head(self.mix(y)), axis=2)


class TextDetector(nn.Layer):
    """PP-OCR's detector: a pyramid made by interpolation, and a map made by transposed convolutions."""

    def __init__(self):
        super().__init__()
        self.stem = Block(3, 16, 3, 2)
        widths = [16, 24, 48, 96, 192]
        self.stages = nn.LayerList([Separable(a, b, 2) for a, b in pairwise(widths)])
        self.sides = nn.LayerList([nn.Conv2D(width, 96, 1, bias_attr=False) for width in widths[1:]])
        self.outs = nn.LayerList([nn.Conv2D(96, 24, 3, padding=1, bias_attr=False) for _ in widths[1:]])
        self.up = nn.Conv2DTranspose(96, 24, 2, 2)
        self.last = nn.Conv2DTranspose(24, 1, 2, 2)

    def forward(self, x):
        y, found = self.stem(x), []
        for index in range(len(self.stages)):
            y = self.stages[index](y)
            found.append(self.sides[index](y))
        for index in (2, 1, 0):
            found[index] = found[index] + F.upsample(found[index + 1], scale_factor=2, mode="nearest", align_mode=1)
        parts = [self.outs[0](found[0])]
        for index in range(1, len(found)):
            parts.append(F.upsample(self.outs[index](found[index]), scale_factor=2**index))
        return F.sigmoid(self.last(F.relu(self.up(paddle.concat(parts, axis=1)))))


class Segmenter(nn.Layer):
    """PaddleSeg's kind: dilated convolutions, pooled context, resized to the image's own size, classes by argmax."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(Block(3, 16, 3, 2, act=F.relu), Block(16, 32, 3, 2, act=F.relu))
        self.wide = nn.LayerList([nn.Conv2D(32, 32, 3, padding=d, dilation=d) for d in (1, 2, 4)])
        self.pooled, self.head = nn.Conv2D(32, 32, 1), nn.Conv2D(128, 19, 1)

    def forward(self, x):
        y = self.stem(x)
        context = F.interpolate(self.pooled(F.adaptive_avg_pool2d(y, 1)), paddle.shape(y)[2:], mode="bilinear")
        y = paddle.concat([F.relu(conv(y)) for conv in self.wide] + [context], axis=1)
        y = F.interpolate(self.head(y), paddle.shape(x)[2:], mode="bilinear", align_corners=False)
        return F.softmax(y, axis=1), paddle.argmax(y, axis=1, dtype="int32")


class ObjectDetector(nn.Layer):
    """PP-YOLO's kind: boxes at two scales, and what remains of them after matrix suppression."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(
            Block(3, 16, 3, 2, act=F.swish), Block(16, 32, 3, 2, act=F.swish), Block(32, 64, 3, 2, act=F.mish)
        )
        self.second = Block(64, 96, 3, 2, act=F.mish)
        self.heads = nn.LayerList([nn.Conv2D(64, 2 * 9, 1), nn.Conv2D(96, 2 * 9, 1)])

    def forward(self, image, size):
        fine = self.first(image)
        found = []
        for index, y in enumerate((fine, self.second(fine))):
            anchors = ([10, 13, 16, 30], [33, 23, 30, 61])[index]
            made = self.heads[index](y)
            found.append(paddle.vision.ops.yolo_box(made, size, anchors, 4, 0.01, 8 * 2**index, scale_x_y=1.05))
        boxes = paddle.concat([item for item, _ in found], axis=1)
        scores = paddle.transpose(paddle.concat([item for _, item in found], axis=1), [0, 2, 1])
        rows, counts = paddle.vision.ops.matrix_nms(boxes, scores, 0.05, 0.01, 100, 50, background_label=-1)[:2]
        return rows, counts


class Ernie(nn.Layer):
    """An encoder of texts: three embeddings, a mask made of the tokens, four layers, a pooled answer."""

    def __init__(self):
        super().__init__()
        self.words, self.places, self.kinds = nn.Embedding(2000, 128), nn.Embedding(128, 128), nn.Embedding(2, 128)
        self.norm = nn.LayerNorm(128)
        layer = nn.TransformerEncoderLayer(128, 4, 512, activation="gelu")
        self.encoder, self.pool = nn.TransformerEncoder(layer, 4), nn.Linear(128, 128)

    def forward(self, tokens, kinds):
        mask = paddle.unsqueeze((tokens == 0).astype("float32") * -1e4, [1, 2])
        places = paddle.cumsum(paddle.ones_like(tokens), axis=1) - 1
        y = self.encoder(self.norm(self.words(tokens) + self.places(places) + self.kinds(kinds)), mask)
        return y, F.tanh(self.pool(y[:, 0]))


RNG = np.random.default_rng(3)


def image(*shape):
    return RNG.normal(size=shape).astype("float32")


TOKENS = RNG.integers(1, 2000, (2, 17)).astype("int64")
TOKENS[1, 9:] = 0
VISION = paddle.vision.models
NETWORKS = {
    "resnet18": (VISION.resnet18, {"x": image(2, 3, 224, 224)}, ((0,),)),
    "mobilenet_v3": (VISION.mobilenet_v3_small, {"x": image(2, 3, 224, 224)}, ((0,),)),
    "shufflenet_v2": (VISION.shufflenet_v2_x0_5, {"x": image(2, 3, 224, 224)}, ((0,),)),
    "densenet121": (VISION.densenet121, {"x": image(1, 3, 96, 96)}, ((0,),)),
    "googlenet": (VISION.googlenet, {"x": image(1, 3, 224, 224)}, ((0,),)),
    "text_recognizer": (Recognizer, {"x": image(2, 3, 48, 320)}, ((0, 3),)),
    "text_detector": (TextDetector, {"x": image(1, 3, 160, 192)}, ((0, 2, 3),)),
    "segmenter": (Segmenter, {"x": image(2, 3, 67, 93)}, ((0, 2, 3),)),
    "object_detector": (
        ObjectDetector,
        {"image": image(1, 3, 96, 128), "size": np.array([[192, 256]], "int32")},
        ((), ()),
    ),
    "text_encoder": (Ernie, {"tokens": TOKENS, "kinds": (TOKENS % 2)}, ((0, 1), (0, 1))),
}


def scattered(network):
    """Statistics and scales that are not 0 and 1, as after training."""
    for name, value in network.state_dict().items():
        if name.endswith(("_mean", "_variance")) or ("norm" in name and name.endswith("weight")):
            low, high = (-0.1, 0.1) if name.endswith("_mean") else (0.7, 1.3)
            value.set_value(RNG.uniform(low, high, value.shape).astype("float32"))
    network.eval()
    return network


def answers(stem, feeds):
    """What Paddle computes without its optimization passes."""
    program = stem.with_suffix(".json" if PIR else ".pdmodel")
    config = inference.Config(str(program), str(stem.with_suffix(".pdiparams")))
    config.disable_gpu()
    config.switch_ir_optim(False)
    config.disable_glog_info()
    if hasattr(config, "disable_mkldnn"):
        config.disable_mkldnn()
    predictor = inference.create_predictor(config)
    for name, array in feeds.items():
        handle = predictor.get_input_handle(name)
        handle.reshape(list(array.shape))
        handle.copy_from_cpu(array)
    predictor.run()
    return [predictor.get_output_handle(name).copy_to_cpu() for name in predictor.get_output_names()]


def make(name):
    """Saves one network and its answers."""
    build, feeds, opened = NETWORKS[name]
    folder = CACHE / "paddle" / f"{name}_{'pir' if PIR else 'program'}"
    folder.mkdir(parents=True, exist_ok=True)
    specs = [
        paddle.static.InputSpec(
            [None if i in axes else size for i, size in enumerate(array.shape)], str(array.dtype), key
        )
        for (key, array), axes in zip(feeds.items(), opened, strict=True)
    ]
    paddle.seed(5)
    stem = folder / "inference"
    paddle.jit.save(paddle.jit.to_static(scattered(build()), input_spec=specs, full_graph=True), str(stem))
    arrays = {f"in:{key}": array for key, array in feeds.items()}
    arrays |= {f"out:{number}": array for number, array in enumerate(answers(stem, feeds))}
    np.savez(folder / "reference.npz", **arrays)
    print(folder.name, flush=True)


if __name__ == "__main__":
    for wanted in sys.argv[1:] or NETWORKS:
        make(wanted)
