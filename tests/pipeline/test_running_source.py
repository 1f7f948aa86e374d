from modelwright.formats import Format
from modelwright.pipeline.running_source import running_source
from modelwright.pipeline.sides import SideRequest, load_side


def side(path, folder, **options):
    return load_side(SideRequest(path=path, interpreters={}, options=options, optimized=False), folder)


def test_only_models_of_tensorflow_run_there(write_onnx, tmp_path):
    net = write_onnx('<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Abs (x) }')
    source = side(net, tmp_path)
    assert source.format is Format.ONNX
    assert running_source(source, {}, {}, {}) is None


def test_without_an_interpreter_nothing_runs(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.delenv("MODELWRIGHT_TF_PYTHON", raising=False)
    source = side(Path("examples/digits/saved_model"), tmp_path)
    assert running_source(source, {}, {}, {}) is None
