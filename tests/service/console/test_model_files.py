import pytest

from modelwright.service.console.model_files import result_models
from modelwright.service.tasks.schemas import Artifact, Task


@pytest.mark.parametrize(
    ("names", "models"),
    [
        (["job_log.txt", "model/model.report.json", "model/model.tflite"], ["model/model.tflite"]),
        (["net.caffemodel", "net.prototxt"], ["net.prototxt", "net.caffemodel"]),
        (["variables/x.index", "saved_model.pb"], ["saved_model.pb"]),
        (["inference.json", "inference.pdiparams"], ["inference.json"]),
        (["a/deep/b.onnx", "c.onnx", "model.json"], ["c.onnx", "model.json", "a/deep/b.onnx"]),
        (["model/model.config.json", "eval_report.json"], []),
    ],
)
def test_files_that_hold_a_graph(context, asking, new_task, names, models):
    made = context.tasks.create(asking(), new_task())
    artifacts = [Artifact(name=name, bytes=1, sha256="0") for name in names]
    assert result_models(Task.model_validate(made.model_dump() | {"artifacts": artifacts})) == models
