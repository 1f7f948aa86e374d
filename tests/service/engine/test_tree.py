import os
import subprocess
import sys
import time

from modelwright.service.engine.tree import MARK, kill_tree, marked, resident_bytes


def test_children_of_children_in_sessions_of_their_own(tmp_path):
    mark = f"{tmp_path}:"
    child = "import subprocess,sys,time; subprocess.Popen([sys.executable,'-c','import time; time.sleep(60)'],"
    child += "start_new_session=True); print('up', flush=True); time.sleep(60)"
    environment = {**os.environ, MARK: f"{mark}lease"}
    process = subprocess.Popen([sys.executable, "-c", child], env=environment, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    while len(list(marked(mark))) < 2:
        time.sleep(0.01)
    assert resident_bytes(f"{mark}lease") > 1 << 20
    assert list(marked(f"{tmp_path}2:")) == []
    kill_tree(f"{mark}lease")
    assert process.wait() == -9
    process.stdout.close()
    kill_tree("")
    assert resident_bytes(mark) == 0
