import time
from pathlib import Path

from modelwright.client import NewTask
from modelwright.service.app import build_context
from modelwright.service.engine.starting import FreshStarter
from modelwright.service.engine.tree import marked
from modelwright.service.engine.warm import WarmStarter
from modelwright.service.settings import ServiceSettings


def test_cancel_ends_what_runs(client, place, live):
    texts = [f"r{n} = Relu (r{n - 1})" for n in range(1, 3000)]
    head = '<ir_version: 8, opset_import: ["" : 17]> g (float[N, 4] r0) => (float[N, 4] r2999) '
    slow = head + "{ " + " ".join(texts) + " }"
    task = client.create_task(NewTask(name="slow", template="Onnx-To-MindIR", **place("slow", slow)))
    while client.task(task.id).status == "Initializing":
        time.sleep(0.01)
    client.cancel(task.id)
    task = client.wait(task.id, timeout=30)
    assert task.status == "Canceled"
    assert task.artifacts == []
    assert client.retry(task.id).run == 2
    client.cancel(task.id)
    assert client.wait(task.id, timeout=30).status == "Canceled"


def test_slots(context):
    assert context.engine.slots == 1


def test_with_and_without_a_nursery(tmp_path):
    for nursery in (True, False):
        found = build_context(ServiceSettings(data=tmp_path / str(nursery), workers=1, nursery=nursery)).engine
        assert isinstance(found._means.starter, WarmStarter if nursery else FreshStarter)
        found.start()
        marks = [
            pid for pid in marked(found._means.mark) if b"engine.nursery" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        assert len(marks) == nursery
        found.stop()
        assert not list(marked(found._means.mark))
        assert not any(thread.is_alive() for thread in found._threads)
