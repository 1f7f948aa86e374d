import os
import signal
import subprocess
import sys
import time

from modelwright.pipeline.hidden import HiddenFolder

HOLD = """
import sys, time
from pathlib import Path
from modelwright.pipeline.hidden import HiddenFolder
folder = HiddenFolder(Path(sys.argv[1]))
(folder.path / "part").write_text("x")
print(folder.path, flush=True)
time.sleep(60)
"""


def _aged(path):
    os.utime(path, (time.time() - 120, time.time() - 120))


def test_what_a_killed_run_left_goes_with_the_next(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        left = process.stdout.readline().strip()
        _aged(left)
        HiddenFolder(tmp_path).remove()
        assert [str(path) for path in tmp_path.iterdir()] == [left]
        process.send_signal(signal.SIGKILL)
    HiddenFolder(tmp_path).remove()
    assert list(tmp_path.iterdir()) == []


def test_new_folders_and_files_of_that_name_stay(tmp_path):
    (tmp_path / ".modelwright-new").mkdir()
    (tmp_path / ".modelwright-file").write_text("mine")
    (tmp_path / ".modelwright-link").symlink_to(tmp_path)
    _aged(tmp_path / ".modelwright-file")
    _aged(tmp_path)
    folder = HiddenFolder(tmp_path)
    assert folder.path.is_dir()
    folder.remove()
    names = [".modelwright-file", ".modelwright-link", ".modelwright-new"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
