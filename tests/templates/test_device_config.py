from dataclasses import replace

from modelwright.pipeline.api import convert
from modelwright.templates.device_config import write_config


def test_without_an_artifact_nothing_is_written(small, tmp_path):
    report = convert(small, tmp_path / "m.onnx", no_verify=True)
    write_config(replace(report, artifact=None), tmp_path / "m.onnx", tmp_path)
    assert not (tmp_path / "model").exists()
