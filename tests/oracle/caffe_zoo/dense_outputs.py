"""Networks that detect, segment, and describe sequences."""

from __future__ import annotations

import numpy as np

from caffe_zoo.classification import _features, vgg_features
from caffe_zoo.net_builder import Net


def fcn() -> Net:
    """FCN-8s on VGG16, with its 100 pixels of padding and its crops."""
    net = Net("FCN-8s", data=(1, 3, 120, 148))
    x = net.conv("conv1_1", "data", 64, 3, pad=100)
    x = net.pool("pool1", net.conv("conv1_2", x, 64, 3, pad=1), "MAX", 2, 2)
    for block, (count, width) in enumerate(((2, 128), (3, 256), (3, 512), (3, 512)), 2):
        for number in range(1, count + 1):
            x = net.conv(f"conv{block}_{number}", x, width, 3, pad=1)
        x = net.pool(f"pool{block}", x, "MAX", 2, 2)
    x = net.same("drop6", "Dropout", net.conv("fc6", x, 512, 7))
    x = net.same("drop7", "Dropout", net.conv("fc7", x, 512, 1))
    up = net.deconv("upscore2", net.conv("score_fr", x, 21, 1, relu=False), 21, 4, 2, bias=False)
    for number, offset in ((4, 5), (3, 9)):
        score = net.conv(f"score_pool{number}", f"pool{number}", 21, 1, relu=False)
        fused = net.add(f"fuse_pool{number}", [up, net.crop(f"score_pool{number}c", score, up, offset)], relu=False)
        if number == 4:
            up = net.deconv("upscore_pool4", fused, 21, 4, 2, bias=False)
    net.crop("score", net.deconv("upscore8", fused, 21, 16, 8, bias=False), "data", 31)
    return net


def unet() -> Net:
    net = Net("U-Net", data=(1, 3, 156, 172))
    skips, x = [], "data"
    for level, width in enumerate((32, 64, 128, 256)):
        x = net.conv(f"d{level}b", net.conv(f"d{level}a", x, width, 3), width, 3)
        if level < 3:
            skips.append(x)
            x = net.pool(f"pool{level}", x, "MAX", 2, 2)
    for level, width in ((2, 128), (1, 64), (0, 32)):
        up = net.same(f"u{level}_relu", "ReLU", net.deconv(f"u{level}", x, width, 2, 2))
        offset = (net.shapes[skips[level]][2] - net.shapes[up][2]) // 2
        x = net.concat(f"c{level}", [up, net.crop(f"crop{level}", skips[level], up, offset)])
        x = net.conv(f"u{level}b", net.conv(f"u{level}a", x, width, 3), width, 3)
    net.conv("score", x, 2, 1, relu=False)
    net.weights["score"][1][0] *= 0.01
    net.softmax("score")
    return net


def ssd300() -> Net:
    net = Net("SSD300", data=(1, 3, 300, 300))
    x = vgg_features(net, last_pool=False)
    x = net.conv("fc6", net.pool("pool5", x, "MAX", 3, 1, 1), 1024, 3, pad=6, dilation=6)
    x = net.conv("fc7", x, 1024, 1)
    sources = [_normalized(net, "conv4_3"), x]
    for name, (inner, out, stride, pad) in {
        "conv6": (256, 512, 2, 1), "conv7": (128, 256, 2, 1), "conv8": (128, 256, 1, 0), "conv9": (128, 256, 1, 0)
    }.items():  # fmt: skip
        x = net.conv(f"{name}_2", net.conv(f"{name}_1", x, inner, 1), out, 3, stride=stride, pad=pad)
        sources.append(x)
    sizes = [30, 60, 111, 162, 213, 264, 315]
    parts: dict[str, list[str]] = {"loc": [], "conf": [], "prior": []}
    for index, source in enumerate(sources):
        ratios = (2,) if index in (0, 4, 5) else (2, 3)
        _heads(net, source, parts, ratios, (sizes[index], sizes[index + 1]), 300 // (38, 19, 10, 5, 3, 1)[index])
    for name in ("loc", "conf"):
        net.concat(f"mbox_{name}", parts[name])
    net.concat("mbox_priorbox", parts["prior"], axis=2)
    count = net.shapes["mbox_priorbox"][2] // 4
    net.layer("reshape", "Reshape", ("mbox_conf",), ("scores",), "reshape_param { shape { dim: 0 dim: -1 dim: 21 } }")
    net.shapes["scores"] = (1, count, 21)
    net.softmax("scores", "softmax", axis=2)
    net.layer("flat", "Flatten", ("softmax",), ("mbox_conf_flatten",), "flatten_param { axis: 1 }")
    net.layer(
        "detection_out",
        "DetectionOutput",
        ("mbox_loc", "mbox_conf_flatten", "mbox_priorbox"),
        ("detection_out",),
        "detection_output_param { num_classes: 21 share_location: true background_label_id: 0 code_type: CENTER_SIZE "
        "nms_param { nms_threshold: 0.45 top_k: 400 } keep_top_k: 200 confidence_threshold: 0.01 }",
    )
    return net


def _normalized(net: Net, source: str) -> str:
    net.weights[f"{source}_norm"] = ("Normalize", [net.uniform(18, 22, (512,))])
    param = 'norm_param { across_spatial: false channel_shared: false scale_filler { type: "constant" value: 20 } }'
    return net.same(f"{source}_norm", "Normalize", source, param, in_place=False)


def _heads(
    net: Net, source: str, parts: dict[str, list[str]], ratios: tuple[int, ...], size: tuple[int, int], step: int
) -> None:
    """Locations, scores and prior boxes of one source."""
    boxes, (height, width) = 2 + 2 * len(ratios), net.shapes[source][2:]
    for kind, depth in (("loc", 4), ("conf", 21)):
        head = net.conv(f"{source}_{kind}", source, boxes * depth, 3, pad=1, relu=False)
        net.layer(
            f"{head}_perm",
            "Permute",
            (head,),
            (f"{head}_perm",),
            "permute_param { order: 0 order: 2 order: 3 order: 1 }",
        )
        net.layer(f"{head}_flat", "Flatten", (f"{head}_perm",), (f"{head}_flat",), "flatten_param { axis: 1 }")
        net.shapes[f"{head}_flat"] = (1, boxes * depth * height * width)
        parts[kind].append(f"{head}_flat")
    wide = "".join(f"aspect_ratio: {ratio} " for ratio in ratios)
    net.layer(
        f"{source}_prior", "PriorBox", (source, "data"), (f"{source}_prior",),
        f"prior_box_param {{ min_size: {size[0]} max_size: {size[1]} {wide}flip: true clip: false step: {step} "
        "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 offset: 0.5 }",
    )  # fmt: skip
    net.shapes[f"{source}_prior"] = (1, 2, boxes * height * width * 4)
    parts["prior"].append(f"{source}_prior")


def enet() -> Net:
    """ENet with its unpooling and merged batch normalizations; OpenCV lacks these layers."""
    net = Net("ENet", data=(1, 3, 64, 96))
    first = net.conv("initial_conv", "data", 13, 3, stride=2, pad=1, relu=False)
    x = net.concat("initial", [first, net.pool("initial_pool", "data", "MAX", 2, 2)])
    x = net.prelu("initial_prelu", _bn(net, "initial_bn", x))
    masks = []
    for stage, width in ((1, 64), (2, 128)):
        x = _down(net, f"b{stage}_0", x, width, masks)
        for number, kind in enumerate(("plain", "dilated", "asymmetric", "plain"), 1):
            x = _side(net, f"b{stage}_{number}", x, width, kind)
    for stage, width in ((4, 64), (5, 16)):
        x = _up(net, f"b{stage}_0", x, width, masks.pop())
        x = _side(net, f"b{stage}_1", x, width, "plain")
    net.deconv("score", x, 19, 2, 2)
    return net


def _bn(net: Net, name: str, x: str) -> str:
    shape = (1, net.shapes[x][1], 1, 1)
    net.weights[name] = ("BN", [net.uniform(0.7, 1.1, shape), net.uniform(-0.1, 0.1, shape)])
    return net.same(name, "BN", x, "bn_param { bn_mode: INFERENCE }")


def _unit(net: Net, name: str, x: str) -> str:
    return net.prelu(f"{name}_prelu", _bn(net, f"{name}_bn", x))


def _down(net: Net, name: str, x: str, width: int, masks: list[str]) -> str:
    mask = f"{name}_mask"
    masks.append(mask)
    main = net.conv(f"{name}_match", net.pool(f"{name}_pool", x, "MAX", 2, 2, mask=mask), width, 1, relu=False)
    inner = width // 4
    y = _unit(net, f"{name}_1", net.conv(f"{name}_c1", x, inner, 2, stride=2, relu=False))
    y = _unit(net, f"{name}_2", net.conv(f"{name}_c2", y, inner, 3, pad=1, relu=False))
    y = _bn(net, f"{name}_3_bn", net.conv(f"{name}_c3", y, width, 1, relu=False))
    return net.prelu(f"{name}_prelu", net.add(name, [main, y], relu=False))


def _side(net: Net, name: str, x: str, width: int, kind: str) -> str:
    inner = width // 4
    y = _unit(net, f"{name}_1", net.conv(f"{name}_c1", x, inner, 1, relu=False))
    if kind == "asymmetric":
        y = net.conv(f"{name}_c2a", y, inner, (5, 1), pad=(2, 0), relu=False, bias=False)
        y = net.conv(f"{name}_c2b", y, inner, (1, 5), pad=(0, 2), relu=False)
    else:
        rate = 2 if kind == "dilated" else 1
        y = net.conv(f"{name}_c2", y, inner, 3, pad=rate, dilation=rate, relu=False)
    y = net.conv(f"{name}_c3", _unit(net, f"{name}_2", y), width, 1, relu=False)
    y = net.same(f"{name}_drop", "Dropout", _bn(net, f"{name}_3_bn", y))
    return net.prelu(f"{name}_prelu", net.add(name, [x, y], relu=False))


def _up(net: Net, name: str, x: str, width: int, mask: str) -> str:
    main = _bn(net, f"{name}_main_bn", net.conv(f"{name}_main", x, net.shapes[mask][1], 1, relu=False))
    batch, channels, height, columns = net.shapes[main]
    net.layer(f"{name}_up", "Upsample", (main, mask), (f"{name}_up",), "upsample_param { scale: 2 }")
    net.shapes[f"{name}_up"] = (batch, channels, 2 * height, 2 * columns)
    main = net.conv(f"{name}_fit", f"{name}_up", width, 1, relu=False)
    inner = width // 2
    y = _unit(net, f"{name}_1", net.conv(f"{name}_c1", x, inner, 1, relu=False))
    y = _unit(net, f"{name}_2", net.deconv(f"{name}_c2", y, inner, 2, 2))
    y = _bn(net, f"{name}_3_bn", net.conv(f"{name}_c3", y, width, 1, relu=False))
    return net.prelu(f"{name}_prelu", net.add(name, [main, y], relu=False))


STEPS, STREAMS, CELLS = 4, 2, 256


def lrcn() -> Net:
    """LRCN for activities: CaffeNet's features of each frame, an LSTM over the frames, a class for each."""
    net = Net("LRCN", data=(STEPS * STREAMS, 3, 227, 227), clip_markers=(STEPS, STREAMS))
    x = net.same("drop6", "Dropout", net.dense("fc6", _features(net, norm_first=False), 4096, relu=True))
    shape = (STEPS, STREAMS, 4096)
    net.layer("reshape", "Reshape", (x,), ("features",), f"reshape_param {{ shape {{ {net.dims(shape)} }} }}")
    net.layer(
        "lstm", "LSTM", ("features", "clip_markers"), ("lstm",),
        f'recurrent_param {{ num_output: {CELLS} weight_filler {{ type: "uniform" }} }}',
    )  # fmt: skip
    net.shapes["lstm"] = (STEPS, STREAMS, CELLS)
    inside = net.normal((4 * CELLS, 4096), 4096) * np.float32(0.05)
    between = net.normal((4 * CELLS, CELLS), CELLS)
    net.weights["lstm"] = ("LSTM", [inside, net.uniform(-0.2, 0.2, (4 * CELLS,)), between])
    x = net.same("drop-lstm", "Dropout", "lstm")
    net.softmax(net.dense("fc8", x, 101, axis=2), "probs", axis=2)
    return net
