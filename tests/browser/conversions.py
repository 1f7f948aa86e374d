"""Tasks of all kinds, made by REST."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import onnx.parser

from modelwright.client import Client, NewTask
from modelwright.service.tasks.schemas import Task

DEEP = 40_000
LAYERS = "\n".join(f"r{number} = Tanh (r{number - 1})" for number in range(1, DEEP))
SLOW = f'<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] r0) => (float[N, 4] r{DEEP - 1}) {{ {LAYERS} }}'
NET = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[1, 3, 12, 12] image) => (float[1, 4] scores)
{
  c1 = Conv <pads = [1, 1, 1, 1]> (image, w1)
  a1 = Relu (c1)
  c2 = Conv <pads = [1, 1, 1, 1]> (a1, w2)
  a2 = Relu (c2)
  c3 = Conv <pads = [1, 1, 1, 1]> (a2, w3)
  a3 = Add (c3, a1)
  p = GlobalAveragePool (a3)
  f = Flatten (p)
  scores = MatMul (f, w4)
}
"""


def make(client: Client, name: str, template: str, folder: Path, **settings: object) -> Task:
    """A task of an uploaded folder; it is not waited for."""
    output = f"{client.roots()[0]}/{name}"
    source = client.upload(folder)
    return client.create_task(NewTask(name=name, template=template, input=source, output=output, settings=settings))


def done(client: Client, name: str, template: str, folder: Path, **settings: object) -> Task:
    """A task that is over."""
    return client.wait(make(client, name, template, folder, **settings).id, timeout=120)


def slow_model(folder: Path) -> Path:
    """A folder with a model whose conversion takes a while."""
    folder.mkdir()
    onnx.save(onnx.parser.parse_model(SLOW), folder / "slow.onnx")
    return folder


def broken_model(folder: Path) -> Path:
    """A folder with a file that is no model."""
    folder.mkdir()
    (folder / "net.onnx").write_text("hello", encoding="utf-8")
    return folder


def net(folder: Path) -> Path:
    """A folder with a small network and calibration data."""
    random = np.random.default_rng(0)
    model = onnx.parser.parse_model(NET)
    for name, shape in (("w1", (8, 3, 3, 3)), ("w2", (8, 8, 3, 3)), ("w3", (8, 8, 3, 3)), ("w4", (8, 4))):
        array = random.standard_normal(shape).astype(np.float32) / 3
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    (folder / "calibration_data").mkdir(parents=True)
    onnx.save(model, folder / "net.onnx")
    for number in range(12):
        np.save(folder / "calibration_data" / f"{number}.npy", random.random((1, 3, 12, 12), dtype=np.float32))
    return folder


def archived(folder: Path) -> Path:
    """The folder as a zip archive."""
    return Path(shutil.make_archive(str(folder), "zip", folder))
