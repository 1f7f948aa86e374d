import pytest
from browsing import HTMX

from modelwright.service.engine.presence import announce


@pytest.fixture
def worker(context):
    """A worker that has ATC and builds one template."""
    with context.database.write() as connection:
        announce(
            connection,
            "node<7>",
            engine="celery",
            queues=["ascend"],
            slots=3,
            toolchains=[{"name": "ATC", "version": "8.0.RC3", "path": "/opt/atc"}],
            templates=["Onnx-To-Ascend-TBE"],
            version="1",
            started="2026-11-26T07:00:00.000Z",
        )


def test_workers_are_listed_with_their_tools(operator, worker):
    page = operator.get("/workers").text
    for text in ("node&lt;7&gt;", "ATC 8.0.RC3", "ascend", "1 of 47 templates", "template=Onnx-To-Ascend-TBE"):
        assert text in page
    assert "工作节点" in operator.get("/workers", headers={"Accept-Language": "zh"}).text


def test_without_workers_it_says_so(operator):
    assert "No worker is there" in operator.get("/workers").text


def test_the_gallery_says_what_can_be_built(operator, worker):
    part = operator.get("/templates?search=Ascend", headers=HTMX).text
    assert part.count("can be built here") == 1
    assert "plan only" in part
    assert "no worker" in operator.get("/templates?chip=gpu").text
    page = operator.get("/templates?ready=yes").text
    assert "1 of 47 templates" in page
    assert 'name="ready" value="yes" checked' in page


def test_the_form_says_where_it_is_built(operator, worker):
    assert "Built by: node&lt;7&gt;" in operator.get("/tasks/new?template=Onnx-To-Ascend-TBE").text
    assert "writes a plan for it" in operator.get("/tasks/new?template=Caffe-To-Ascend").text
    assert "The task waits until one does" in operator.get("/tasks/new?template=Onnx-To-Onnx").text
