import numpy as np
import pytest

from modelwright.errors import ReferenceDataError
from modelwright.formats import TensorSpec
from modelwright.verify.diff.structure import view_graph
from modelwright.verify.locate.given import GivenTensors, load_given

TEXT = "g (float[2] x) => (float[2] y) { [layer] a = Relu (x) [last] y = Neg (a) }"
SPECS = (TensorSpec(name="x", dtype="float32", shape=(2,)),)


def test_keys_mean_tensors_nodes_and_outputs(model, tmp_path):
    view = view_graph(model(TEXT).graph, {"": 17})
    array = np.zeros(2, np.float32)
    np.savez(tmp_path / "r.npz", **{"in:x": array, "out:y": array, "layer": array, "y": array})
    inputs, arrays, tensors = load_given(tmp_path / "r.npz", SPECS, view)
    assert list(inputs) == ["x"]
    assert tensors == {"out:y": "y", "layer": "a", "y": "y"}
    source = GivenTensors("r.npz", arrays)
    assert sorted(source.fetch(["layer", "nothing"])) == ["layer"]
    assert source.runs == 0


def test_what_the_model_does_not_have_is_an_error(model, tmp_path):
    view = view_graph(model(TEXT).graph, {"": 17})
    np.savez(tmp_path / "r.npz", **{"in:x": np.zeros(2, np.float32), "out:z": np.zeros(2), "layers": np.zeros(2)})
    with pytest.raises(ReferenceDataError, match=r"'out:z'.*'layers' \(did you mean 'layer'\?\)"):
        load_given(tmp_path / "r.npz", SPECS, view)
