import io
import json
import os
import subprocess
import sys
import time

from modelwright.service.engine import worker
from modelwright.service.engine.tree import MARK
from modelwright.service.engine.worker import REQUEST


def test_it_ends_when_its_parent_goes_away(tmp_path):
    fifo = tmp_path / "in"
    fifo.mkdir()
    (tmp_path / REQUEST).write_text(json.dumps({"memory": 1 << 33, "cpu_seconds": 60}))
    environment = {**os.environ, MARK: f"{tmp_path}:x"}
    text = "import sys, time; from pathlib import Path; from modelwright.service.engine import worker; "
    text += "worker._convert = lambda *_: time.sleep(60); worker.main(Path(sys.argv[1]))"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", text, str(tmp_path)], env=environment, **pipes)
    time.sleep(0.1)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(20) != 0
    process.stdout.close()


def test_long_stages_tell_how_far_they_came():
    channel = io.StringIO()
    stages = worker._Stages(channel)
    stages.begin("quantize")
    stages.advance(3, 10)
    stages.advance(4, 10)
    stages.end("quantize")
    assert [json.loads(line) for line in channel.getvalue().splitlines()] == [
        {"stage": "quantize"},
        {"stage": "quantize 3/10"},
    ]
