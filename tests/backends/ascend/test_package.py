import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
import pytest
from onnx import parser

from modelwright.backends.ascend.job import read_job
from modelwright.backends.ascend.package import make_package
from modelwright.backends.manifests import WriteRequest
from modelwright.errors import OutputError
from modelwright.formats import Original, OriginalKind

TEXT = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 3, 8, 8] x) => (float[N, 3] y)
<int64[2] axes = {2, 3}>
{ y = ReduceMean <axes = [2, 3], keepdims = 0> (x) }
"""


def package(tmp_path, *, originals=(), **options):
    model = ir.from_proto(parser.parse_model(TEXT))
    settings = {"soc_version": "Ascend310P3"} | options
    request = WriteRequest(model=model, path=tmp_path / "m.om", options=settings, originals=originals)
    return make_package(read_job(request), model, tmp_path / "m.om.plan", tmp_path)


def shape(path):
    dims = onnx.load(path).graph.input[0].type.tensor_type.shape.dim
    return [dim.dim_value or dim.dim_param for dim in dims]


def test_one_model_serves_for_all(tmp_path):
    made = package(tmp_path, input_shape="x:2,3,8,8", framework="5")
    assert made.stand_in == made.inputs.model == made.folder / "model.onnx"
    assert made.device is None
    assert [path.name for path in made.files] == ["build.sh", "model.onnx", "README.txt"]
    assert len(made.readme.read_text().splitlines()) == 3


def test_gears_are_compared_in_the_first(tmp_path):
    made = package(tmp_path, dynamic_batch_size="2,4")
    assert shape(made.inputs.model) == ["N", 3, 8, 8]
    assert shape(made.stand_in) == [2, 3, 8, 8]
    assert made.stand_in.parent == tmp_path


def test_images_resized_in_the_network(tmp_path):
    made = package(tmp_path, dynamic_batch_size="2,4", image_size="16,16", resize="8,8", std="255")
    assert shape(made.inputs.model) == ["N", 3, 16, 16]
    assert shape(made.stand_in) == [2, 3, 8, 8]
    assert shape(made.device) == [2, 16, 16, 3]
    assert "src_image_size_w : 16" in made.inputs.side["insert_op_conf"].read_text()
    assert "--input_shape=x:-1,3,16,16" in made.arguments
    image = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    found = ort.InferenceSession(made.device, providers=["CPUExecutionProvider"]).run(None, {"x": image})[0]
    np.testing.assert_allclose(found, image.mean(axis=(1, 2)) / 255, rtol=2e-3)


def test_images_of_gears(tmp_path):
    text = TEXT.replace("8, 8] x", "H, W] x")
    model = ir.from_proto(parser.parse_model(text))
    settings = {
        "soc_version": "Ascend310P3",
        "dynamic_image_size": "4,6;8,8",
        "input_shape": "x:1,3,-1,-1",
        "mean": "1",
    }
    request = WriteRequest(model=model, path=tmp_path / "m.om", options=settings)
    made = make_package(read_job(request), model, tmp_path / "m.om.plan", tmp_path)
    assert "src_image_size_h : 0" in made.inputs.side["insert_op_conf"].read_text()
    assert shape(made.device) == [1, 4, 6, 3]


def test_the_source_s_own_form(tmp_path):
    def write(folder, stem):
        (folder / f"{stem}.pb").write_bytes(b"graph")
        return (folder / f"{stem}.pb",)

    original = Original(kind=OriginalKind.FROZEN_GRAPH, names={"x": "in:0", "y": "out:0"}, write=write)
    made = package(tmp_path, originals=(original,), input_shape="in:1,3,8,8", input_format="NCHW")
    assert made.inputs.model.read_bytes() == b"graph"
    assert "--out_nodes=out:0" in made.arguments
    assert shape(made.stand_in) == [1, 3, 8, 8]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "m.om.plan").write_text("")
    with pytest.raises(OutputError):
        package(tmp_path, input_shape="x:2,3,8,8")
