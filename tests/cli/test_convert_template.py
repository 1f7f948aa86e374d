import json
import shutil


def test_a_conversion(call, small, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.move(small, folder)
    result = call("convert", "template", "onnx-to-onnx", "-i", folder, "-o", tmp_path / "o", "--set", "batch_size=2")
    assert result.code == 0, result.err
    assert "in  x: float32[2, 3, 8, 8]" in result.out
    result = call("convert", "template", "Onnx-To-Onnx", "-i", folder, "-o", tmp_path / "p", "--dry-run", "--json")
    assert json.loads(result.out)["plan"][0]["name"] == "import"
    assert not (tmp_path / "p").exists()


def test_what_is_wrong(call, tmp_path):
    result = call("convert", "template", "Onnx-To-Onnx", "-i", tmp_path, "-o", tmp_path / "o", "--set", "opset=1")
    assert result.code == 2
    assert "error MW-U004: 2 things are not as Onnx-To-Onnx asks\n  - input: no *.onnx" in result.err
    for text in ("opset", "=3"):
        assert (
            f"{text!r} is no setting"
            in call("convert", "template", "Onnx-To-Onnx", "-i", tmp_path, "-o", tmp_path / "o", "--set", text).err
        )
    twice = ("--set", "opset=17", "--set", "opset=18")
    assert "given twice" in call("convert", "template", "Onnx-To-Onnx", "-i", "a", "-o", "b", *twice).err
