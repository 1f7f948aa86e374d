import json
import os
import subprocess
import sys
from pathlib import Path

import modelwright as mw

EXAMPLE = Path(__file__).parents[2] / "examples/digits"


def _messages(report):
    return [item.message for item in report.diagnostics if item.stage == "repeat"]


def _stable(path):
    data = json.loads(path.read_text())
    del data["measured"]
    return data


def test_a_report_reproduces_artifact_and_report(small, tmp_path):
    mw.convert(small, tmp_path / "o" / "m.onnx", inputs="x[2,3,8,8],s[2,2]", onnxsim=True)
    artifact, stored = (tmp_path / "o" / "m.onnx").read_bytes(), _stable(tmp_path / "o" / "m.report.json")
    report = mw.run(tmp_path / "o" / "m.report.json")
    assert (tmp_path / "o" / "m.onnx").read_bytes() == artifact
    assert _stable(tmp_path / "o" / "m.report.json") == stored
    assert _messages(report) == ["the artifact is the same, byte for byte, as in that report"]


def test_a_moved_folder_still_works(small, tmp_path):
    (tmp_path / "a").mkdir()
    small.rename(tmp_path / "a" / "m.onnx")
    mw.convert(tmp_path / "a" / "m.onnx", tmp_path / "a" / "out.onnx")
    (tmp_path / "a").rename(tmp_path / "b")
    assert mw.run(tmp_path / "b" / "out.report.json").status is mw.Status.VERIFIED
    assert not (tmp_path / "a").exists()


def test_changes_are_told(small, tmp_path):
    mw.convert(small, tmp_path / "m.onnx")
    path = tmp_path / "m.report.json"
    data = json.loads(path.read_text())
    data["inputs"]["small.onnx"] = "0" * 64
    data["versions"]["numpy"] = "1.0"
    data["files"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(data))
    messages = _messages(mw.run(path, output=tmp_path / "again.onnx"))
    assert [text.split(" ")[0:2] for text in messages] == [
        ["the", "source"],
        ["other", "versions"],
        ["the", "artifact"],
    ]
    assert "numpy" in messages[1]
    assert (tmp_path / "again.onnx").exists()


def test_a_recipe_file(small, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[source]\npath = "small.onnx"\n[output]\npath = "out/m.onnx"\n[optimize]\nenabled = true\n')
    report = mw.run(recipe)
    assert report.status is mw.Status.VERIFIED
    assert (tmp_path / "out" / "m.onnx").exists()
    assert _messages(report) == []


def test_the_same_bytes_in_every_process_and_hash_seed(tmp_path):
    script = "import sys, modelwright as mw; mw.convert(sys.argv[1], sys.argv[2], reference=sys.argv[3])"
    for seed in ("1", "2"):
        subprocess.run(
            [
                sys.executable,
                "-c",
                script,
                str(EXAMPLE / "saved_model"),
                str(tmp_path / seed / "m.onnx"),
                str(EXAMPLE / "reference.npz"),
            ],
            check=True,
            timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    assert (tmp_path / "1" / "m.onnx").read_bytes() == (tmp_path / "2" / "m.onnx").read_bytes()
    assert _stable(tmp_path / "1" / "m.report.json") == _stable(tmp_path / "2" / "m.report.json")
