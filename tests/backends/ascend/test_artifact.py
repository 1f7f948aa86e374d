import onnx_ir as ir
import pytest
from om_files import inout, model_def, om_file
from onnx import parser

from modelwright.backends.ascend.artifact import check_artifact
from modelwright.backends.ascend.job import read_job
from modelwright.backends.manifests import WriteRequest
from modelwright.errors import ArtifactInvalid

TEXT = '<ir_version: 8, opset_import: ["" : 17]> net (float[N, 3, 8, 8] x) => (float[N, 3, 8, 8] y) { y = Relu (x) }'


@pytest.fixture
def check(tmp_path):
    def check(inputs, *, encrypted=0, chip="Ascend310P3", **options):
        model = ir.from_proto(parser.parse_model(TEXT))
        settings = {"soc_version": "Ascend310P3"} | (options or {"input_shape": "x:1,3,8,8"})
        job = read_job(WriteRequest(model=model, path=tmp_path / "m.om", options=settings))
        graph = model_def([], [], attributes={"soc_version": chip})
        (tmp_path / "m.om").write_bytes(om_file([(8, inout(inputs, [])), (0, graph)], encrypted=encrypted))
        return check_artifact(tmp_path / "m.om", job)

    return check


def test_the_model_s_inputs_and_those_that_the_compiler_adds(check):
    assert check([("x", (1, 3, 8, 8))]) == "readable .om of 1 inputs for Ascend310P3"
    assert check([("x", (-1, 3, 8, 8)), ("ascend_mbatch_shape_data", (1,))], dynamic_batch_size="1,2")
    assert check([("x", (1, 1, 8, 8, 16))])
    assert check([("x", (1, 8, 8, 3))], input_shape="x:1,3,8,8", mean="1")


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        ([("y", (1,))], {}, r"it has no input x \(it has y\); it has an input y"),
        ([], {}, r"it has no input x \(it has none\)"),
        ([("x", (2, 3, 8, 8))], {}, r"its input x is \[2, 3, 8, 8\], not \[1, 3, 8, 8\]"),
        ([("x", (1, 3, 8, 8))], {"chip": "Ascend910A"}, "it is for Ascend910A, not Ascend310P3"),
        ([("x", (1, 3, 8, 8))], {"encrypted": 1}, "it is encrypted"),
    ],
)
def test_what_differs(check, inputs, options, message):
    with pytest.raises(ArtifactInvalid, match=message):
        check(inputs, **options)
