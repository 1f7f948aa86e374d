import signal
import subprocess
import sys
import time
from pathlib import Path

from modelwright.service.assembly import open_store
from modelwright.service.engine.runner import Runner

CHILD = """
import os, sys, time
from modelwright.service.engine.runner import die_with
parent = os.getpid()
child = os.fork()
if child == 0:
    die_with(parent)
    print(os.getpid(), flush=True)
    time.sleep(60)
time.sleep(60)
"""


def test_a_task_is_seen_through_once(context, asking, new_task):
    task = context.tasks.create(asking(), new_task(settings={"verify": False})).id
    runner = Runner(context.settings, "w")
    try:
        runner.run("no such task")
        runner.run(task)
        done = context.tasks.get(asking(), task)
        assert (done.status, done.attempt) == ("Successful", 1)
        runner.run(task)
        assert context.tasks.get(asking(), task).attempt == 1
    finally:
        runner._means.starter.stop()
        runner._means.database.close()
    assert open_store(context.settings, context.database).place("default", done.output).size("model/small.onnx")


def test_who_works_ends_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while alive(child) and time.monotonic() < until:
        time.sleep(0.02)
    assert not alive(child)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
