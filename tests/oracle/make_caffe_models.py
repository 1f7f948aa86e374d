"""Makes the Caffe networks of the oracle: ``python make_caffe_models.py [name ...]`` with OpenCV 4 installed.

Each becomes a folder in ``$MODELWRIGHT_ORACLE_CACHE/caffe`` with ``net.prototxt``, ``net.caffemodel`` and
``reference.npz``: random inputs and OpenCV's outputs, or those of numpy where OpenCV lacks a layer. A folder that is
complete is left alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "fixtures" / "caffe")]

from caffe_writing import caffemodel  # noqa: E402
from caffe_zoo import classification, dense_outputs, numpy_run  # noqa: E402
from caffe_zoo.net_builder import Net  # noqa: E402

NETWORKS = {
    "alexnet": (classification.alexnet, ("fc8", "prob")),
    "caffenet": (classification.caffenet, ("fc8", "prob")),
    "googlenet": (classification.googlenet, ("classifier", "prob")),
    "vgg16": (classification.vgg16, ("fc8", "prob")),
    "resnet50": (classification.resnet50, ("fc1000", "prob")),
    "squeezenet": (classification.squeezenet, ("pool10", "prob")),
    "mobilenet": (classification.mobilenet, ("fc7", "prob")),
    "densenet121": (classification.densenet121, ("fc6", "prob")),
    "ssd300": (dense_outputs.ssd300, ("detection_out",)),
    "mtcnn_p": (classification.mtcnn_p, ("conv4-1", "conv4-2", "prob1")),
    "mtcnn_r": (classification.mtcnn_r, ("conv5-1", "conv5-2", "prob1")),
    "mtcnn_o": (classification.mtcnn_o, ("conv6-1", "conv6-2", "conv6-3", "prob1")),
    "fcn8s": (dense_outputs.fcn, ("score",)),
    "unet": (dense_outputs.unet, ("score", "prob")),
    "enet": (dense_outputs.enet, ("score",)),
    "lrcn": (dense_outputs.lrcn, ("lstm", "probs")),
}


def opencv(folder: Path, text: str, inputs: dict[str, np.ndarray], wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    """OpenCV's outputs for the prototxt, with the weights in the folder."""
    import cv2

    (folder / "run.prototxt").write_text(text)
    net = cv2.dnn.readNetFromCaffe(str(folder / "run.prototxt"), str(folder / "net.caffemodel"))
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.enableFusion(False)
    for name, array in inputs.items():
        net.setInput(array, name)
    (folder / "run.prototxt").unlink()
    return {name: np.array(array) for name, array in zip(wanted, net.forward(list(wanted)), strict=True)}


def reference(name: str, net: Net, folder: Path, inputs: dict[str, np.ndarray], wanted: tuple[str, ...]) -> dict:
    if name == "enet":
        return numpy_run.run(net, inputs, wanted)
    if name == "lrcn":
        front = net.text[: net.text.index('layer { name: "drop6"')]
        features = opencv(folder, front, {"data": inputs["data"]}, ("fc6_relu",))["fc6_relu"]
        blobs = {"fc6": features, "clip_markers": inputs["clip_markers"]}
        return numpy_run.run(numpy_run.after(net, "fc6_relu"), blobs, wanted)
    found = opencv(folder, net.text, inputs, wanted)
    if name == "ssd300":
        rows = found["detection_out"].reshape(-1, 7)
        found["detection_out"] = rows[np.lexsort((-rows[:, 2], rows[:, 1], rows[:, 0]))][None, None]
    return found


def settle_heads(net: Net, folder: Path, inputs: dict[str, np.ndarray]) -> None:
    """Scales a detector's heads so that scores differ and boxes stay boxes: saturated scores would have no order."""
    heads = [name for name in net.weights if name.endswith(("_loc", "_conf"))]
    for head, values in opencv(folder, net.text, inputs, tuple(heads)).items():
        net.weights[head][1][0] *= np.float32((1.5 if head.endswith("_loc") else 5) / np.abs(values).max())
    (folder / "net.caffemodel").write_bytes(caffemodel(net.weights))


def make(name: str, folder: Path) -> None:
    if (folder / "reference.npz").is_file():
        return
    function, wanted = NETWORKS[name]
    net = function()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "net.prototxt").write_text(net.text)
    (folder / "net.caffemodel").write_bytes(caffemodel(net.weights))
    rng = np.random.default_rng(len(net.text))
    inputs = {blob: rng.normal(0, 1, shape).astype(np.float32) for blob, shape in net.inputs.items()}
    if "clip_markers" in inputs:
        inputs["clip_markers"] = np.array([[0, 0], [1, 1], [1, 0], [1, 1]], np.float32)
    if name == "ssd300":
        settle_heads(net, folder, inputs)
    found = reference(name, net, folder, inputs, wanted)
    sides = {f"in:{key}": array for key, array in inputs.items()} | {
        f"out:{key}": array for key, array in found.items()
    }
    np.savez(folder / "part.npz", **sides)
    (folder / "part.npz").rename(folder / "reference.npz")
    print(name, {key: array.shape for key, array in found.items()}, flush=True)


if __name__ == "__main__":
    cache = Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE") or Path.home() / ".cache" / "modelwright" / "oracle")
    for chosen in sys.argv[1:] or NETWORKS:
        make(chosen, cache / "caffe" / chosen)
