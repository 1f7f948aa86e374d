import json

import numpy as np
import onnx
import pytest
from PIL import Image

from modelwright.cli.main import main
from modelwright.cli.quantize import execute
from modelwright.pipeline.quantize_request import NAMES


@pytest.fixture
def network(tmp_path, write_onnx):
    path = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        net (float[n, 2] x) => (float[n, 3] y)
        <float[2, 3] w = {1.5, -0.3, 0.2, 0.7, 0.9, -1.1}>
        { y = MatMul (x, w) }
        """
    )
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((20, 2), dtype=np.float32))
    return path


def test_a_model_is_quantized(network, tmp_path, capsys):
    code = main(["quantize", str(network), "--data", str(tmp_path / "x.npy"), "-o", str(tmp_path / "q.onnx")])
    shown = capsys.readouterr().out
    assert code == 0
    assert "1 activation and 1 weight quantized" in shown
    assert "the cosine of every output with the float model's on calibration data is at least 0.99" in " ".join(
        shown.split()
    )
    assert [node.op_type for node in onnx.load(tmp_path / "q.onnx").graph.node].count("DequantizeLinear") == 2


def test_the_plan_names_what_is_done(network, tmp_path, capsys):
    arguments = ["quantize", str(network), "--data", str(tmp_path / "x.npy"), "-o", str(tmp_path / "q.onnx")]
    assert main([*arguments, "--method", "kl", "--precision-level", "2", "--dry-run", "--json"]) == 0
    step = json.loads(capsys.readouterr().out)["plan"][1]
    assert step["name"] == "quantize"
    assert step["options"] == {
        "data": {"inputs": [{"path": "x.npy"}]},
        "level": 2,
        "method": "kl",
        "precision": "int8",
        "search": True,
    }


def test_mistakes_are_explained(network, tmp_path, capsys):
    assert main(["quantize", str(network), "-o", str(tmp_path / "q.onnx")]) == 2
    assert "needs calibration data" in capsys.readouterr().err
    assert main(["quantize", str(network), "--data", str(tmp_path / "x.npy")]) == 2
    assert "no output is named" in capsys.readouterr().err
    assert main(["quantize"]) == 2
    assert "no model is named" in capsys.readouterr().err


def test_every_setting_has_a_flag():
    from modelwright.cli.main import build_parser

    parser = build_parser().parse_args(["quantize", "m.onnx"])
    assert parser.execute is execute
    assert set(NAMES) <= set(vars(parser))


def test_a_metric_is_watched_when_it_is_trusted(network, tmp_path, capsys):
    (tmp_path / "metric.py").write_text(
        "def largest(run, batches):\n    return max(run(b)['y'].max() for b in batches)\n"
    )
    arguments = ["quantize", str(network), "--data", str(tmp_path / "x.npy"), "-o", str(tmp_path / "q.onnx")]
    metric = ["--metric", f"{tmp_path / 'metric.py'}:largest"]
    assert main([*arguments, "--max-drop", "50%", *metric]) == 2
    assert "can do anything" in capsys.readouterr().err
    assert main([*arguments, "--max-drop", "50%", *metric, "--trust"]) == 0
    assert "1 model judged" in " ".join(capsys.readouterr().out.split())
    assert main([*arguments, *metric, "--trust"]) == 2
    assert "only with a largest drop" in capsys.readouterr().err


def test_sizes_that_the_model_leaves_open_are_said(write_onnx, tmp_path, capsys):
    model = write_onnx(
        """
        <ir_version: 8, opset_import: ["" : 17]>
        net (float[N, 3, H, W] x) => (float[N, 1, H, W] y)
        <float[1, 3, 1, 1] w = {1.5, -0.3, 0.2}>
        { y = Conv (x, w) }
        """
    )
    (tmp_path / "pictures").mkdir()
    for place in range(10):
        pixels = np.random.default_rng(place).integers(0, 256, (9, 7, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{place}.png")
    arguments = [str(model), "--data", str(tmp_path / "pictures"), "--std", "255"]
    assert main(["quantize", *arguments, "-o", str(tmp_path / "q.onnx")]) == 2
    assert "say open sizes with --data_shape (in a calibration file: input_shape)" in capsys.readouterr().err
    assert main(["quantize", *arguments, "--data_shape", "1x3x8x6", "-o", str(tmp_path / "q.onnx")]) == 0
    assert "1x1x8x6" in capsys.readouterr().out.replace("4x1x8x6", "1x1x8x6")
    assert main(["doctor", *arguments, "--data_shape", "1,3,8,6"]) == 0
    assert "10 samples and 1 tensor looked at" in " ".join(capsys.readouterr().out.split())
    assert main(["doctor", *arguments, "--data_shape", "1,3,0,6"]) == 2
    assert "sizes are wanted" in capsys.readouterr().err
