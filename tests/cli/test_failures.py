"""What goes wrong on users' machines: each a clear message, a stable code, an exit code, and no partial file."""

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/digits"
MODELS = Path(__file__).parents[1] / "fixtures/tensorflow"


@pytest.fixture
def out(tmp_path):
    """A folder that must stay empty."""
    folder = tmp_path / "out"
    folder.mkdir()
    yield folder / "m.onnx"
    assert list(folder.iterdir()) == []


def _tf2(call, source, out, *extra):
    flag = "--saved-model" if Path(source).is_dir() else "--input"
    return call("convert", "tf2", flag, source, "--output", out, *extra)


def _check(result, code, *words, exit_code=2):
    assert result.code == exit_code, result.err
    assert code in result.err
    for word in words:
        assert word in result.err
    assert ".modelwright-" not in result.err


@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.95])
def test_a_truncated_graph(call, tmp_path, out, fraction):
    data = (MODELS / "reader/tf1_graph.pb").read_bytes()
    path = tmp_path / "cut.pb"
    path.write_bytes(data[: int(len(data) * fraction)])
    _check(_tf2(call, path, out), "MW-U102", "cut.pb")


def test_a_missing_shard(call, tmp_path, out):
    model = tmp_path / "model"
    shutil.copytree(EXAMPLE / "saved_model", model)
    (model / "variables/variables.data-00000-of-00001").unlink()
    _check(_tf2(call, model, out), "MW-U101", "variables.data-00000-of-00001")


def test_a_truncated_shard(call, tmp_path, out):
    model = tmp_path / "model"
    shutil.copytree(EXAMPLE / "saved_model", model)
    shard = model / "variables/variables.data-00000-of-00001"
    shard.write_bytes(shard.read_bytes()[:1000])
    _check(_tf2(call, model, out), "MW-U102", "variables.data-00000-of-00001")


def test_an_unknown_signature(call, out):
    result = _tf2(call, EXAMPLE / "saved_model", out, "--signature_def", "serving")
    _check(result, "MW-U103", "'serving'", "serving_default")


def test_a_wrong_input_name(call, out):
    _check(_tf2(call, EXAMPLE / "saved_model", out, "--inputs", "imagge[1,24,24,1]"), "MW-U103", "imagge", "image")


def test_every_unsupported_operator_is_told_at_once(call, out):
    result = call("convert", "auto", MODELS / "models/unsupported/frozen.pb", "-o", out)
    _check(result, "MW-U201", "operator types not supported", "--custom-ops")
    assert result.err.count("\n  - ") >= 3


def test_an_output_below_a_file(call, small, tmp_path, out):
    (tmp_path / "file").write_text("")
    _check(call("convert", "onnx", "--input", small, "-o", tmp_path / "file" / "m.onnx"), "MW-U301", "file")


def test_an_output_that_is_a_folder(call, small, tmp_path):
    (tmp_path / "m.onnx").mkdir()
    _check(call("convert", "onnx", "--input", small, "-o", tmp_path / "m.onnx"), "MW-U301", "folder")


def test_a_read_only_folder(call, small, out, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    _check(call("convert", "onnx", "--input", small, "-o", out), "MW-U301", "Read-only", "choose another")


def test_a_folder_without_permission(call, small, out):
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    out.parent.chmod(0o500)
    try:
        _check(call("convert", "onnx", "--input", small, "-o", out), "MW-U301")
    finally:
        out.parent.chmod(0o700)


def test_a_disk_that_fills_while_the_report_is_written(call, small, out, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", refuse)
    _check(call("convert", "onnx", "--input", small, "-o", out), "MW-U301", "No space left", "m.report.json")


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 16 KiB; skipped where one may not be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a small tmpfs needs the superuser")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(call, tiny_disk):
    result = _tf2(call, EXAMPLE / "saved_model", tiny_disk / "m.onnx", "--reference", EXAMPLE / "reference.npz")
    _check(result, "MW-U301", "No space left", "m.onnx")
    assert list(tiny_disk.iterdir()) == []


def test_a_result_that_differs_is_kept_and_exits_4(call, small, tmp_path):
    import numpy as np

    zeros = np.zeros((1, 3, 8, 8), np.float32), np.zeros((1, 2), np.float32)
    np.savez(tmp_path / "r.npz", **{"in:x": zeros[0], "in:s": zeros[1], "out:y": zeros[0] + 1, "out:t": zeros[1]})
    output = tmp_path / "kept" / "m.onnx"
    result = call("convert", "onnx", "--input", small, "-o", output, "--reference", tmp_path / "r.npz")
    _check(result, "MW-V001", "y", exit_code=4)
    assert "failed" in result.out
    assert sorted(path.name for path in output.parent.iterdir()) == ["m.onnx", "m.report.json"]


def test_an_interpreter_that_is_not_there_exits_3(call, tmp_path):
    result = _tf2(call, EXAMPLE / "saved_model", tmp_path / "m.onnx", "--tf-python", tmp_path / "none")
    _check(result, "MW-T003", "none", exit_code=3)
    assert (tmp_path / "m.onnx").exists()
