"""Runs a Caffe net in OpenCV's dnn module. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has numpy and OpenCV 4, and imports nothing of modelwright. The request:

    prototxt    the net
    caffemodel  its weights, or null
    outputs     name wanted to the layer that makes it and the number of its top
    detections  names among them whose rows come in no settled order: they are sorted by image, label and score

OpenCV 5 does not read Caffe nets any more.
"""

from __future__ import annotations

import sys
from typing import Any

from worker_exchange import WorkFault, answer_with_arrays, arrays_in, leave_arrays, request_in


def load_net(cv2: Any, request: dict[str, Any]) -> Any:
    """The net, on OpenCV's own implementation and without fusions, so that every layer's result can be asked for."""
    if not hasattr(cv2, "dnn") or not hasattr(cv2.dnn, "readNetFromCaffe"):
        raise WorkFault("module", f"OpenCV {cv2.__version__} does not read Caffe nets; versions 3.4 to 4 do")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    files = [request["prototxt"], *([request["caffemodel"]] if request["caffemodel"] else [])]
    try:
        net = cv2.dnn.readNetFromCaffe(*files)
    except cv2.error as error:
        raise WorkFault("model", reason(error)) from error
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.enableFusion(False)
    return net


def reason(error: Exception) -> str:
    """OpenCV's message without its own source file."""
    return str(error).rpartition("error: ")[2] or str(error)


def sorted_rows(np: Any, array: Any) -> Any:
    """Detections, rows of image, label, score and corners, by image, label and falling score."""
    rows = array.reshape(-1, 7)
    return rows[np.lexsort((-rows[:, 2], rows[:, 1], rows[:, 0]))].reshape(array.shape)


def forward(cv2: Any, net: Any, request: dict[str, Any], feeds: dict[str, Any]) -> dict[str, Any]:
    """The outputs by name."""
    import numpy as np

    for name, array in feeds.items():
        if len(feeds) == 1:
            net.setInput(array)
        else:
            net.setInput(array, name)
    try:
        made = net.forwardAndRetrieve([layer for layer, _ in request["outputs"].values()])
    except cv2.error as error:
        raise WorkFault("run", reason(error)) from error
    found = {}
    for tops, (name, (layer, number)) in zip(made, request["outputs"].items(), strict=True):
        if number >= len(tops):
            raise WorkFault("run", f"layer {layer} gives {len(tops)} results")
        array = np.asarray(tops[number])
        found[name] = sorted_rows(np, array) if name in request["detections"] else array
    return found


def run(folder: str) -> tuple[dict[str, str], list[str]]:
    """Does what the request asks and returns the reply's data and arrays."""
    request, names = request_in(folder)
    try:
        import cv2
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    net = load_net(cv2, request)
    feeds = arrays_in(folder, names)
    arrays = forward(cv2, net, request, feeds)
    leave_arrays(folder, arrays.values())
    return {"framework": f"OpenCV {cv2.__version__}"}, list(arrays)


if __name__ == "__main__":
    answer_with_arrays(run, sys.argv[1])
