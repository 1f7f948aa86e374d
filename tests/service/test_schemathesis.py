"""Schemathesis asks the service for whatever its OpenAPI document allows, and for what it does not allow.

Needs an environment with schemathesis, whose `st` is named by `MODELWRIGHT_SCHEMATHESIS` (`make oracle-openapi`).
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from modelwright.client import NewTask

pytestmark = pytest.mark.oracle_openapi

HERE = Path(__file__).parent


@pytest.fixture
def there(client, place):
    """What is in the project: tasks that are done, and one that failed."""
    tasks = []
    for name in ("done", "also-done"):
        new = NewTask(name=name, template="Onnx-To-Onnx", **place(name), settings={"verify": False})
        tasks.append(client.wait(client.create_task(new).id, timeout=60))
    broken = '<ir_version: 8, opset_import: ["" : 17, "my" : 1]> g (float[1] x) => (float[1] y) { y = my.Twist (x) }'
    new = NewTask(name="broken", template="Onnx-To-Ascend-TBE", **place("broken", broken))
    tasks.append(client.wait(client.create_task(new).id, timeout=60))
    assert [task.status for task in tasks] == ["Successful", "Successful", "Failed"]
    ids = [task.id for task in tasks]
    return {"tasks": ids, "artifact": "job_log.txt", "input": tasks[0].input, "root": client.roots()[0]}


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("phases", ["examples,coverage,fuzzing", "stateful"])
def test_no_request_finds_a_fault(live, project, there, phases, tmp_path):
    command = [os.environ["MODELWRIGHT_SCHEMATHESIS"], "--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [f"{live[1]}/openapi.json", "--phases", phases, "--seed", os.environ.get("MODELWRIGHT_SEED", "1")]
    told = {"MODELWRIGHT_TOKEN": project[1], "MODELWRIGHT_THERE": json.dumps(there), "PYTHONPATH": str(HERE)}
    done = subprocess.run(
        command, env={**os.environ, **told}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    print(done.stdout[-6000:])
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
