import numpy as np
import onnx
import onnx_ir as ir
import pytest

from modelwright.errors import CalibrationDataError, ModelNotFoundError, ToolMissingError, UsageError
from modelwright.quantize.metric import MetricCall, UserMetric

CODE = """
import numpy as np

def mean_output(run, batches):
    values = [float(run(batch)["y"].mean()) for batch in batches]
    again = [batch["a/b"].shape for batch in batches]
    assert len(values) == len(again) == len(batches)
    return np.mean(values)

def words(run, batches):
    return "good"

def endless(run, batches):
    return float("nan")

def wrong(run, batches):
    return run({})["nothing"]

def shape(run, batches):
    raise ValueError("no ground truth")
"""


def doubling():
    text = '<ir_version: 8, opset_import: ["" : 17]> g (float[N] v) => (float[N] y) { y = Add(v, v) }'
    model = ir.from_proto(onnx.parser.parse_model(text))
    model.graph.inputs[0].name = "a/b"
    return model


@pytest.fixture
def call(tmp_path):
    file = tmp_path / "metric.py"
    file.write_text(CODE)

    def metric(function, **options):
        feeds = [{"a/b": np.full(3, place, np.float32)} for place in range(3)]
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        return UserMetric(MetricCall(text=f"{file}:{function}", **{"trusted": True, **options}), feeds, scratch)

    return metric


def test_the_function_runs_the_model(call):
    assert call("mean_output")(doubling()) == pytest.approx(2)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("words", "is no number"),
        ("endless", "nan"),
        ("shape", r"no ground truth \(line 2\d\)"),
        ("missing", "no function 'missing'; it has endless, mean_output"),
    ],
)
def test_what_goes_wrong_is_said(call, function, message):
    with pytest.raises(CalibrationDataError, match=message):
        call(function)(doubling())


def test_it_must_be_trusted_and_be_there(call, tmp_path):
    with pytest.raises(UsageError, match="can do anything"):
        call("mean_output", trusted=False)
    with pytest.raises(ModelNotFoundError, match=r"nowhere\.py"):
        UserMetric(MetricCall(text="nowhere.py:f", trusted=True), [], tmp_path)
    for text in ("metric.py", ":f", "metric.py:"):
        with pytest.raises(UsageError, match=r"file\.py:func"):
            UserMetric(MetricCall(text=text, trusted=True), [], tmp_path)


def test_modules_that_are_missing(tmp_path):
    file = tmp_path / "needs.py"
    file.write_text("import module_that_is_nowhere\n")
    metric = UserMetric(MetricCall(text=f"{file}:f", trusted=True), [{"a/b": np.ones(1, np.float32)}], tmp_path)
    with pytest.raises(ToolMissingError, match="module_that_is_nowhere"):
        metric(doubling())
