import time

from modelwright.client import NewTask


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
