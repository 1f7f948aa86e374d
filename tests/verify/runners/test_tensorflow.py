import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.runners import in_worker
from modelwright.verify.runners.tensorflow import tensorflow_source
from modelwright.verify.source import Binding, SourceRunFailed
from modelwright.workers.interpreters import TENSORFLOW_VARIABLE, find_tensorflow

FAKE = """
import json, pathlib, sys
import numpy as np
folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "request.json").read_text())
request = document["request"]
fault = {fault!r}
reply = {{"version": 1, "ok": fault is None}}
if fault is None:
    assert document["arrays"] == ["in:0"] and request["outputs"] == ["out:0"], document
    x = np.load(folder / "inputs.npz")["a0"]
    assert x.shape == (1, 3, 4, 2), x.shape
    np.savez(folder / "outputs.npz", a0=x * 2)
    reply.update(data={{"framework": "TensorFlow 9.9"}}, arrays=["out:0"])
else:
    reply["error"] = {{"kind": fault, "message": "because"}}
(folder / "reply.json").write_text(json.dumps(reply))
"""

IN = [Binding(name="x", source="in:0", perm=(0, 2, 3, 1))]
OUT = [Binding(name="y", source="out:0", perm=(0, 3, 1, 2))]


@pytest.fixture
def fake(tmp_path, monkeypatch):
    def make(fault=None):
        script = tmp_path / "tensorflow_run.py"
        script.write_text(FAKE.format(fault=fault))
        monkeypatch.setattr(in_worker, "_ENTRIES", tmp_path)
        return tensorflow_source(
            tmp_path / "m.pb", python=Path(sys.executable), format=Format.TF_GRAPHDEF, inputs=IN, outputs=OUT
        )

    return make


def test_names_and_layouts_go_through_the_worker(fake):
    x = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    result = fake().run({"x": x})
    assert result.label == "TensorFlow 9.9"
    np.testing.assert_array_equal(result.arrays["y"], x * 2)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("module", ToolMissingError), ("run", SourceRunFailed), ("model", SourceRunFailed), ("name", SourceRunFailed)],
)
def test_faults_become_errors(fake, fault, kind):
    with pytest.raises(kind, match="because"):
        fake(fault).run({"x": np.zeros((1, 2, 3, 4))})


def test_an_interpreter_without_tensorflow_is_named(tmp_path):
    runner = tensorflow_source(
        tmp_path / "m.pb", python=Path(sys.executable), format=Format.TF_GRAPHDEF, inputs=[], outputs=[]
    )
    with pytest.raises(ToolMissingError, match="TensorFlow cannot be imported"):
        runner.run({})


MAKE = """
import sys
import numpy as np
import tensorflow as tf
root = sys.argv[1]

class Net(tf.Module):
    def __init__(self):
        self.w = tf.Variable(np.arange(6, dtype=np.float32).reshape(3, 2), name="w")

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": tf.nn.relu(tf.matmul(x, self.w) - 4)}

net = Net()
tf.saved_model.save(net, root + "/saved", signatures={"serving_default": net.__call__})

graph = tf.Graph()
with graph.as_default():
    x = tf.compat.v1.placeholder(tf.float32, [None, 3], name="x")
    tf.nn.relu(tf.matmul(x, tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2))) - 4, name="y")
tf.io.write_graph(graph, root, "g.pb", as_text=False)
tf.io.write_graph(graph, root, "g.pbtxt", as_text=True)

graph = tf.Graph()
with graph.as_default(), tf.compat.v1.Session() as session:
    x = tf.compat.v1.placeholder(tf.float32, [None, 3], name="x")
    w = tf.compat.v1.get_variable("w", initializer=np.arange(6, dtype=np.float32).reshape(3, 2))
    tf.nn.relu(tf.matmul(x, w) - 4, name="y")
    session.run(tf.compat.v1.global_variables_initializer())
    tf.compat.v1.train.Saver().save(session, root + "/ckpt")
"""


@pytest.mark.oracle_tf
def test_tensorflow_itself(tmp_path):
    python = find_tensorflow(None)
    if python is None:
        pytest.skip(f"set {TENSORFLOW_VARIABLE}")
    subprocess.run([python, "-c", MAKE, tmp_path], check=True, timeout=300, capture_output=True)
    x = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    expected = np.maximum(x @ np.arange(6, dtype=np.float32).reshape(3, 2) - 4, 0)
    cases = [
        ("saved", Format.TF_SAVED_MODEL, "x", "y", {}),
        (
            "saved",
            Format.TF_SAVED_MODEL,
            "serving_default_x:0",
            "y",
            {"signature": "serving_default", "tags": ["serve"]},
        ),
        ("saved", Format.TF_SAVED_MODEL, "x", "y", {"concrete_function": 0}),
        ("g.pb", Format.TF_GRAPHDEF, "x:0", "y:0", {}),
        ("g.pbtxt", Format.TF_GRAPHDEF, "x", "y", {}),
        ("ckpt.meta", Format.TF_CHECKPOINT, "x:0", "y:0", {}),
    ]
    for name, kind, source_in, source_out, options in cases:
        runner = tensorflow_source(
            tmp_path / name,
            python=python,
            format=kind,
            inputs=[Binding(name="a", source=source_in)],
            outputs=[Binding(name="b", source=source_out)],
            **options,
        )
        result = runner.run({"a": x})
        np.testing.assert_allclose(result.arrays["b"], expected, rtol=1e-5, atol=1e-5)
        assert result.label.startswith("TensorFlow 2")
    bad = tensorflow_source(
        tmp_path / "saved",
        python=python,
        format=Format.TF_SAVED_MODEL,
        inputs=[Binding(name="a", source="nope")],
        outputs=[Binding(name="b", source="y")],
    )
    with pytest.raises(SourceRunFailed, match="no tensor 'nope'"):
        bad.run({"a": x})
