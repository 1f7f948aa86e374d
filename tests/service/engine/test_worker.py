import io
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnx.parser
import pytest

from modelwright.client import NewTask
from modelwright.service.engine import worker
from modelwright.service.engine.tree import MARK
from modelwright.service.engine.worker import REQUEST


def test_it_ends_when_its_parent_goes_away(tmp_path):
    fifo = tmp_path / "in"
    fifo.mkdir()
    (tmp_path / REQUEST).write_text(json.dumps({"memory": 1 << 33, "cpu_seconds": 60}))
    environment = {**os.environ, MARK: f"{tmp_path}:x"}
    text = "import sys, time; from pathlib import Path; from modelwright.service.engine import worker; "
    text += "worker._convert = lambda *_: time.sleep(60); worker.main(Path(sys.argv[1]))"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", text, str(tmp_path)], env=environment, **pipes)
    time.sleep(0.1)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(20) != 0
    process.stdout.close()


def test_long_stages_tell_how_far_they_came(tmp_path):
    said = io.StringIO()
    stages = worker._Stages(worker._Channel(said, tmp_path))
    stages.begin("quantize")
    stages.advance(3, 10)
    stages.advance(4, 10)
    stages.end("quantize")
    assert [json.loads(line) for line in said.getvalue().splitlines()] == [
        {"stage": "quantize"},
        {"stage": "quantize 3/10"},
    ]


def test_paths_begin_where_the_tasks_folder_does(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    folder = tmp_path / "link" / "worker1"
    for place in (folder, tmp_path / "data" / "worker1"):
        text = f"{place.parent}/input/net.onnx: bad; {place}/tmp/x/y; {place}; {place.parent}"
        assert worker.without_places(text, folder) == "input/net.onnx: bad; (temporary)/x/y; (temporary); ."


def network():
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] x) => (float[N, 4] y) { y = MatMul (x, w) }'
    model = onnx.parser.parse_model(text)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones((4, 4), np.float32), "w"))
    return model


def truncated(folder):
    (folder / "net.onnx").write_bytes(network().SerializeToString()[:-20])


def without_weights(folder):
    onnx.save(network(), folder / "net.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    (folder / "w.bin").unlink()


def wrong_name(folder):
    onnx.save(network(), folder / "net.onnx")


def wrong_reference(folder):
    onnx.save(network(), folder / "net.onnx")
    np.savez(folder / "reference.npz", **{"in:z": np.ones((1, 4), np.float32), "out:y": np.ones((1, 4), np.float32)})


def damaged_reference(folder):
    onnx.save(network(), folder / "net.onnx")
    (folder / "reference.npz").write_bytes(b"PK nothing")


def differs(folder):
    onnx.save(network(), folder / "net.onnx")
    np.savez(folder / "reference.npz", **{"in:x": np.ones((1, 4), np.float32), "out:y": np.zeros((1, 4), np.float32)})


def unknown_operator(folder):
    model = network()
    model.graph.node[0].op_type = "NoSuchThing"
    onnx.save(model, folder / "net.onnx")


@pytest.mark.parametrize(
    ("write", "template", "settings", "says"),
    [
        (truncated, "Onnx-To-Onnx", {}, "input/net.onnx"),
        (truncated, "Onnx-To-TFLite", {}, "input/net.onnx"),
        (without_weights, "Onnx-To-Onnx", {}, "w.bin"),
        (wrong_name, "Onnx-To-Onnx", {"input_shape": "nobody:1,4"}, "nobody"),
        (wrong_reference, "Onnx-To-TFLite", {}, "input/reference.npz"),
        (damaged_reference, "Onnx-To-Onnx", {}, "input/reference.npz"),
        (differs, "Onnx-To-TFLite", {"per_layer": "true"}, "output/model/net.tflite"),
        (unknown_operator, "Onnx-To-TFLite", {}, "NoSuchThing"),
    ],
)
def test_no_path_of_the_machine_is_told(live, client, tmp_path, write, template, settings, says):
    folder = tmp_path / "net"
    folder.mkdir()
    write(folder)
    output = f"{client.roots()[0]}/out"
    new = NewTask(name="paths", template=template, input=client.upload(folder), output=output, settings=settings)
    task = client.wait(client.create_task(new).id)
    assert (task.status, task.error is not None) == ("Failed", True)
    client.download(task.id, tmp_path / "down")
    texts = [
        path.read_text(errors="replace") for path in (tmp_path / "down").rglob("*") if path.suffix in (".txt", ".json")
    ]
    told = json.dumps([task.error.model_dump(), task.summary, [line.message for line in client.log(task.id)], *texts])
    assert says in told
    for place in (live[0].settings.data.absolute(), tempfile.gettempdir(), "worker1"):
        assert str(place) not in told
