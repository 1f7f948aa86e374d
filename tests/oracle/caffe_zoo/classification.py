"""Networks that classify images."""

from __future__ import annotations

from caffe_zoo.net_builder import Net

LRN = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"


def _features(net: Net, *, norm_first: bool) -> str:
    """The convolutions of AlexNet, which normalizes before pooling, and of CaffeNet, which does after."""

    def settled(bottom: str, number: int) -> str:
        if norm_first:
            bottom = net.same(f"norm{number}", "LRN", bottom, LRN, in_place=False)
            return net.pool(f"pool{number}", bottom, "MAX", 3, 2)
        bottom = net.pool(f"pool{number}", bottom, "MAX", 3, 2)
        return net.same(f"norm{number}", "LRN", bottom, LRN, in_place=False)

    x = settled(net.conv("conv1", "data", 96, 11, stride=4), 1)
    x = settled(net.conv("conv2", x, 256, 5, pad=2, group=2), 2)
    x = net.conv("conv3", x, 384, 3, pad=1)
    x = net.conv("conv4", x, 384, 3, pad=1, group=2)
    x = net.conv("conv5", x, 256, 3, pad=1, group=2)
    return net.pool("pool5", x, "MAX", 3, 2)


def _classifier(net: Net, x: str, width: int = 4096) -> Net:
    for number in (6, 7):
        x = net.dense(f"fc{number}", x, width, relu=True)
        x = net.same(f"drop{number}", "Dropout", x, "dropout_param { dropout_ratio: 0.5 }")
    net.softmax(net.dense("fc8", x, 1000))
    return net


def alexnet() -> Net:
    net = Net("AlexNet", data=(2, 3, 227, 227))
    return _classifier(net, _features(net, norm_first=True))


def caffenet() -> Net:
    net = Net("CaffeNet", data=(2, 3, 227, 227))
    return _classifier(net, _features(net, norm_first=False))


def vgg16() -> Net:
    net = Net("VGG16", data=(1, 3, 224, 224))
    return _classifier(net, vgg_features(net))


def vgg_features(net: Net, *, last_pool: bool = True) -> str:
    x = "data"
    for block, (count, width) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for number in range(1, count + 1):
            x = net.conv(f"conv{block}_{number}", x, width, 3, pad=1)
        if block < 5 or last_pool:
            x = net.pool(f"pool{block}", x, "MAX", 2, 2)
    return x


def googlenet() -> Net:
    net = Net("GoogLeNet", data=(2, 3, 224, 224))
    x = net.pool("pool1", net.conv("conv1", "data", 64, 7, stride=2, pad=3), "MAX", 3, 2)
    x = net.same("norm1", "LRN", x, LRN, in_place=False)
    x = net.conv("conv2", net.conv("conv2_reduce", x, 64, 1), 192, 3, pad=1)
    x = net.pool("pool2", net.same("norm2", "LRN", x, LRN, in_place=False), "MAX", 3, 2)
    blocks = {
        "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64), "4a": (192, 96, 208, 16, 48, 64),
        "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64), "4d": (112, 144, 288, 32, 64, 64),
        "4e": (256, 160, 320, 32, 128, 128), "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
    }  # fmt: skip
    for name, widths in blocks.items():
        x = _inception(net, name, x, widths)
        if name in ("3b", "4e"):
            x = net.pool(f"pool_{name}", x, "MAX", 3, 2)
    x = net.same("drop", "Dropout", net.pool("pool5", x, "AVE", 7, 1), "dropout_param { dropout_ratio: 0.4 }")
    net.softmax(net.dense("classifier", x, 1000))
    return net


def _inception(net: Net, name: str, x: str, widths: tuple[int, ...]) -> str:
    one, reduce3, three, reduce5, five, after = widths
    parts = [
        net.conv(f"{name}_1x1", x, one, 1),
        net.conv(f"{name}_3x3", net.conv(f"{name}_3x3_reduce", x, reduce3, 1), three, 3, pad=1),
        net.conv(f"{name}_5x5", net.conv(f"{name}_5x5_reduce", x, reduce5, 1), five, 5, pad=2),
        net.conv(f"{name}_pool_proj", net.pool(f"{name}_pool", x, "MAX", 3, 1, 1), after, 1),
    ]
    return net.concat(f"{name}_output", parts)


def resnet50() -> Net:
    net = Net("ResNet-50", data=(2, 3, 224, 224))
    x = net.batch_norm("conv1", net.conv("conv1", "data", 64, 7, stride=2, pad=3, relu=False))
    x = net.pool("pool1", x, "MAX", 3, 2)
    for stage, (count, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 2):
        for number in range(count):
            stride = 2 if number == 0 and stage > 2 else 1
            x = _bottleneck(net, f"res{stage}{chr(97 + number)}", x, width, stride, project=number == 0)
    net.softmax(net.dense("fc1000", net.pool("pool5", x, "AVE", 7, 1), 1000))
    return net


def _bottleneck(net: Net, name: str, x: str, width: int, stride: int, *, project: bool) -> str:
    def unit(branch: str, bottom: str, out: int, kernel: int, step: int, *, relu: bool) -> str:
        made = net.conv(f"{name}_{branch}", bottom, out, kernel, stride=step, pad=kernel // 2, bias=False, relu=False)
        return net.batch_norm(f"{name}_{branch}", made, relu=relu)

    side = unit("branch1", x, 4 * width, 1, stride, relu=False) if project else x
    y = unit("branch2a", x, width, 1, stride, relu=True)
    y = unit("branch2b", y, width, 3, 1, relu=True)
    return net.add(name, [side, unit("branch2c", y, 4 * width, 1, 1, relu=False)])


def squeezenet() -> Net:
    net = Net("SqueezeNet", data=(2, 3, 227, 227))
    x = net.pool("pool1", net.conv("conv1", "data", 64, 3, stride=2), "MAX", 3, 2)
    for number, width in enumerate((16, 16, 32, 32, 48, 48, 64, 64), 2):
        squeeze = net.conv(f"fire{number}_squeeze", x, width, 1)
        parts = [
            net.conv(f"fire{number}_e1", squeeze, 4 * width, 1),
            net.conv(f"fire{number}_e3", squeeze, 4 * width, 3, pad=1),
        ]
        x = net.concat(f"fire{number}", parts)
        if number in (3, 5):
            x = net.pool(f"pool{number}", x, "MAX", 3, 2)
    net.same("drop9", "Dropout", x)
    net.softmax(net.global_pool("pool10", net.conv("conv10", x, 1000, 1)))
    return net


def mobilenet() -> Net:
    net = Net("MobileNet", data=(2, 3, 224, 224))
    x = net.batch_norm("conv1", net.conv("conv1", "data", 32, 3, stride=2, pad=1, bias=False, relu=False))
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    for number, (out, stride) in enumerate(plan, 2):
        width = net.shapes[x][1]
        x = net.conv(f"conv{number}_dw", x, width, 3, stride=stride, pad=1, group=width, bias=False, relu=False)
        x = net.batch_norm(f"conv{number}_dw", x)
        x = net.batch_norm(f"conv{number}_sep", net.conv(f"conv{number}_sep", x, out, 1, bias=False, relu=False))
    net.softmax(net.conv("fc7", net.global_pool("pool6", x), 1000, 1, relu=False))
    return net


def densenet121() -> Net:
    net = Net("DenseNet-121", data=(1, 3, 224, 224))
    x = net.batch_norm("conv1", net.conv("conv1", "data", 64, 7, stride=2, pad=3, bias=False, relu=False))
    x = net.pool("pool1", x, "MAX", 3, 2, 1)
    for block, count in enumerate((6, 12, 24, 16), 2):
        for number in range(1, count + 1):
            name = f"conv{block}_{number}"
            y = _normalized(net, f"{name}_x1", x)
            y = net.conv(f"{name}_x1", y, 128, 1, bias=False, relu=False)
            y = net.conv(f"{name}_x2", net.batch_norm(f"{name}_x2", y), 32, 3, pad=1, bias=False, relu=False)
            x = net.concat(f"concat_{block}_{number}", [x, y])
        x = net.batch_norm(f"conv{block}_blk", x)
        if block < 5:
            y = net.conv(f"conv{block}_trans", x, net.shapes[x][1] // 2, 1, bias=False, relu=False)
            x = net.pool(f"pool{block}", y, "AVE", 2, 2)
    net.softmax(net.conv("fc6", net.global_pool("pool5", x), 1000, 1, relu=False))
    return net


def _normalized(net: Net, name: str, x: str) -> str:
    """BatchNorm into a blob of its own, because others still need the old one."""
    channels = net.shapes[x][1]
    top = net.same(f"{name}_bn", "BatchNorm", x, in_place=False)
    net.same(f"{name}_scale", "Scale", top, "scale_param { bias_term: true }")
    size = (channels,)
    statistics = [net.uniform(-0.2, 0.2, size), net.uniform(0.6, 1.4, size), net.uniform(1, 1, (1,))]
    net.weights[f"{name}_bn"] = ("BatchNorm", statistics)
    net.weights[f"{name}_scale"] = ("Scale", [net.uniform(0.7, 1.1, size), net.uniform(-0.1, 0.1, size)])
    return net.same(f"{name}_relu", "ReLU", top)


def mtcnn_p() -> Net:
    net = Net("MTCNN P-Net", data=(2, 3, 12, 12))
    x = net.prelu("PReLU1", net.conv("conv1", "data", 10, 3, relu=False))
    x = net.prelu("PReLU2", net.conv("conv2", net.pool("pool1", x, "MAX", 2, 2), 16, 3, relu=False))
    x = net.prelu("PReLU3", net.conv("conv3", x, 32, 3, relu=False))
    scores = net.conv("conv4-1", x, 2, 1, relu=False)
    net.conv("conv4-2", x, 4, 1, relu=False)
    net.softmax(scores, "prob1")
    return net


def mtcnn_r() -> Net:
    net = Net("MTCNN R-Net", data=(3, 3, 24, 24))
    x = net.prelu("prelu1", net.conv("conv1", "data", 28, 3, relu=False))
    x = net.prelu("prelu2", net.conv("conv2", net.pool("pool1", x, "MAX", 3, 2), 48, 3, relu=False))
    x = net.prelu("prelu3", net.conv("conv3", net.pool("pool2", x, "MAX", 3, 2), 64, 2, relu=False))
    x = net.prelu("prelu4", net.dense("conv4", x, 128))
    net.softmax(net.dense("conv5-1", x, 2), "prob1")
    net.dense("conv5-2", x, 4)
    return net


def mtcnn_o() -> Net:
    net = Net("MTCNN O-Net", data=(2, 3, 48, 48))
    x = net.prelu("prelu1", net.conv("conv1", "data", 32, 3, relu=False))
    x = net.prelu("prelu2", net.conv("conv2", net.pool("pool1", x, "MAX", 3, 2), 64, 3, relu=False))
    x = net.prelu("prelu3", net.conv("conv3", net.pool("pool2", x, "MAX", 3, 2), 64, 3, relu=False))
    x = net.prelu("prelu4", net.conv("conv4", net.pool("pool3", x, "MAX", 2, 2), 128, 2, relu=False))
    x = net.prelu("prelu5", net.same("drop5", "Dropout", net.dense("conv5", x, 256)))
    net.softmax(net.dense("conv6-1", x, 2), "prob1")
    net.dense("conv6-2", x, 4)
    net.dense("conv6-3", x, 10)
    return net
