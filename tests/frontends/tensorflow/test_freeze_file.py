import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import OutputError
from modelwright.frontends.tensorflow.freeze_file import save_frozen_graph
from modelwright.frontends.tensorflow.reader import read_model

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "reader"
RUN = FIXTURES / "run_frozen.py"

CASES = [
    ("tf1_graph.pb", "tf1_graph", {}),
    ("tf1_graph.pbtxt", "tf1_graph", {}),
    ("tf1_ref", "tf1_ref", {}),
    ("tf1_resource", "tf1_resource", {}),
    ("tf1_checkpoint", "tf1_checkpoint", {}),
    ("tf2_module", "tf2_module", {"signature": "loop"}),
    ("tf2_module", "tf2_module", {"signature": "lookup"}),
    ("keras_export", "keras_export", {}),
    ("keras_saved", "keras_export", {}),
]


def test_frozen_graph_reads_back_equal(tmp_path):
    model = read_model(FIXTURES / "tf1_ref")
    size = save_frozen_graph(model, tmp_path / "frozen.pb")
    assert (tmp_path / "frozen.pb").stat().st_size == size
    assert [path.name for path in tmp_path.iterdir()] == ["frozen.pb"]
    again = read_model(tmp_path / "frozen.pb", outputs=[("net/y", None), ("net/z", None)])
    assert {node.name for node in again.graph.node} == {node.name for node in model.graph.node}
    assert again.graph.versions == model.graph.versions


def test_same_bytes_in_different_processes(tmp_path):
    code = (
        "import sys; from modelwright.frontends.tensorflow.reader import read_model;"
        "from modelwright.frontends.tensorflow.freeze_file import save_frozen_graph;"
        "save_frozen_graph(read_model(sys.argv[1], signature='loop'), sys.argv[2])"
    )
    files = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.pb"
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(FIXTURES.parents[3] / "src")}
        command = [sys.executable, "-c", code, str(FIXTURES / "tf2_module"), str(target)]
        subprocess.run(command, check=True, env=environment)
        files.append(target.read_bytes())
    assert files[0] == files[1]


def test_unwritable_target_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        save_frozen_graph(read_model(FIXTURES / "tf1_graph.pb"), tmp_path / "missing" / "frozen.pb")


@pytest.mark.oracle_tf
@pytest.mark.parametrize(("path", "expected", "arguments"), CASES)
def test_tensorflow_runs_the_frozen_graph(tmp_path, path, expected, arguments):
    interpreter = os.environ.get("MODELWRIGHT_TF_PYTHON")
    if not interpreter:
        pytest.skip("MODELWRIGHT_TF_PYTHON is not set")
    model = read_model(FIXTURES / path, **arguments)
    save_frozen_graph(model, tmp_path / "frozen.pb")
    with np.load(FIXTURES / f"{expected}.npz") as data:
        inputs = {key[3:]: data[key] for key in data.files if key.startswith("in:")}
        outputs = {key[4:]: data[key] for key in data.files if key.startswith("out:")}
    single = len(model.inputs) == 1 and len(inputs) == 1
    feed = {item.tensor: next(iter(inputs.values())) if single else inputs[item.name] for item in model.inputs}
    np.savez(tmp_path / "in.npz", **feed)
    names = [item.tensor for item in model.outputs]
    files = [str(tmp_path / name) for name in ("frozen.pb", "in.npz", "out.npz")]
    subprocess.run([interpreter, str(RUN), *files, *names], check=True, timeout=200)
    with np.load(tmp_path / "out.npz") as results:
        for index, item in enumerate(model.outputs):
            wanted = next(iter(outputs.values())) if len(outputs) == 1 else outputs[item.name]
            np.testing.assert_allclose(results[f"out{index}"], wanted, rtol=1e-5, atol=1e-6)
