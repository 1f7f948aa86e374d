from modelwright.service.console.readiness import Readiness, readiness_of
from modelwright.service.health import WorkerModel
from modelwright.templates.catalogue import template_named

ASCEND = template_named("Onnx-To-Ascend-TBE")
ONNX = template_named("Onnx-To-Onnx")


def worker(name, queues, templates):
    return WorkerModel(
        name=name, engine="celery", queues=queues, slots=1, toolchains=[], templates=templates, version="1", started="x"
    )


def test_a_worker_with_the_tools_builds():
    there = [worker("a", ["ascend"], []), worker("b", ["ascend"], [ASCEND.name]), worker("c", ["cpu"], [ONNX.name])]
    found = readiness_of(ASCEND, there)
    assert (found.readiness, found.workers) == (Readiness.BUILDS, ("b",))
    assert readiness_of(ONNX, there).workers == ("c",)


def test_a_worker_without_them_plans():
    found = readiness_of(ASCEND, [worker("a", ["ascend", "cpu"], [ONNX.name])])
    assert (found.readiness, found.workers) == (Readiness.PLANS, ("a",))


def test_without_a_worker_tasks_wait():
    for there in ([], [worker("a", ["cpu", "none-such"], [ONNX.name])]):
        found = readiness_of(ASCEND, there)
        assert (found.readiness, found.workers) == (Readiness.WAITS, ())
