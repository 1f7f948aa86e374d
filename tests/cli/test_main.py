import json
import subprocess
import sys

import pytest

import modelwright
from modelwright.cli import main as main_module


def test_help_imports_nothing_heavy():
    script = (
        "import sys\n"
        "from modelwright.cli.main import main\n"
        "for argv in (['--help'], ['convert', 'tf2', '--help'], ['info', '--help']):\n"
        "    try:\n"
        "        main(argv)\n"
        "    except SystemExit as leave:\n"
        "        assert leave.code == 0\n"
        "heavy = {'onnx', 'onnx_ir', 'numpy', 'pydantic', 'rich', 'onnxruntime'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)


def test_version(call):
    assert call("--version").out == f"modelwright {modelwright.__version__}\n"


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "modelwright", "convert", "nope"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "MW-U001" in done.stderr


@pytest.mark.parametrize("argv", [[], ["convert"], ["convert", "onnx"], ["info"], ["frobnicate"], ["helper"]])
def test_incomplete_commands_exit_2(call, argv):
    result = call(*argv)
    assert result.code == 2
    assert "--help" in result.err
    assert result.out == ""


def test_a_fault_is_70_with_its_traceback_in_a_file(call, small, tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("one over nothing")

    monkeypatch.setattr("modelwright.frontends.onnx.load.load_file", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = call("convert", "onnx", "--input", small, "-o", tmp_path / "o" / "m.onnx")
    assert result.code == 70
    assert "ZeroDivisionError" in result.err
    assert "Traceback" not in result.err
    written = list(tmp_path.glob("modelwright-*.traceback.txt"))
    assert "one over nothing" in written[0].read_text()
    assert not (tmp_path / "o").exists()
    with pytest.raises(ZeroDivisionError):
        main_module.main(["convert", "onnx", "--input", str(small), "-o", str(tmp_path / "m.onnx"), "--debug"])


def test_an_interruption_is_130(call, small, tmp_path, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("modelwright.frontends.onnx.load.load_file", interrupt)
    result = call("convert", "onnx", "--input", small, "-o", tmp_path / "o" / "m.onnx")
    assert (result.code, result.out) == (130, "")
    assert "interrupted" in result.err
    assert not (tmp_path / "o").exists()


def test_termination_ends_tidily():
    with pytest.raises(SystemExit) as caught:
        main_module._terminate(15, None)
    assert caught.value.code == 143


def test_a_closed_pipe_is_not_worth_a_message():
    script = f"{sys.executable} -m modelwright convert tf2 --help | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""


def test_a_process_of_its_own_verifies_in_another_one_and_ends_with_all_its_output(small, tmp_path):
    output = tmp_path / "m.onnx"
    command = [
        sys.executable,
        "-m",
        "modelwright",
        "convert",
        "onnx",
        "--input",
        str(small),
        "-o",
        str(output),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert report["status"] == "verified"
    assert report["verification"]["runner"].startswith("ONNX Runtime")
    assert sorted(path.name for path in tmp_path.iterdir() if "m." in path.name) == ["m.onnx", "m.report.json"]
