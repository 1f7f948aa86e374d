import re

import pytest

from modelwright.service.console.messages import Messages
from modelwright.service.engine.endings import death
from modelwright.service.engine.process import Ended, Limits
from modelwright.service.errors import ServiceError
from modelwright.service.tasks.schemas import NewTask
from modelwright.templates.catalogue import template_named

SAY = Messages()


def chinese(text):
    return re.search("[一-鿿]", text) is not None


def test_every_message_has_its_placeholders_in_both_languages():
    for item in SAY.all:
        wanted = sorted(re.findall(r"\{(\w+)\}", item.said))
        assert sorted(re.findall(r"\{(\w+)\}", item.zh)) == wanted
        assert not item.en or sorted(re.findall(r"\{(\w+)\}", item.en)) == wanted
        assert chinese(item.zh)


def test_no_message_hides_behind_another():
    for item in SAY.all:
        text = re.sub(r"\{(\w+)\}", "0", item.said)
        assert SAY(text, "zh") == re.sub(r"\{(\w+)\}", "0", item.zh)


def test_placeholders_are_filled_in_as_they_are():
    assert SAY("'a{b}c' is no name of a task", "zh") == "'a{b}c' 不是合法的任务名称"
    assert SAY("GET /v1/storage/roots lists them", "en") == "choose one with Browse"
    assert SAY("something else", "zh") == "something else"
    assert SAY("no *.prototxt", "zh") == "缺少 *.prototxt"


@pytest.fixture
def say_all(context, asking):
    """What is said of a request, in Chinese."""

    def of(**changes):
        faults = context.tasks.faults(asking(), NewTask.model_validate({"template": "Onnx-To-Onnx"} | changes))
        return [SAY(text, "zh") for fault in faults for text in (fault.message, fault.remedy) if text]

    return of


def test_what_rules_say_has_its_chinese(context, say_all, new_task, asking):
    own = context.store.own("default")
    (own / "full").mkdir()
    (own / "full" / "x").touch()
    (own / "full" / "a.onnx").touch()
    (own / "full" / "b.onnx").touch()
    context.tasks.create(asking(), new_task())
    url = own.as_uri()
    said = say_all()
    said += say_all(name="Bad", description="<" * 101, input=f"{url}/none", output=f"{url}/full")
    said += say_all(name="first", input=f"{url}/full", output=f"{url}/full/in")
    said += say_all(name="second", input=f"{url}/in", output=f"{url}/out")
    said += say_all(input="file:///etc", output="models", template="Caffe-To-Onnx")
    said += say_all(input=f"{url}/full/x", output="nfs://x/y", template="Caffe-To-Onnx")
    said += say_all(input=f"{url}/full", output=f"{url}/full/x", template="Caffe-To-Ascend")
    wrong = {"batch_size": "x", "opset": "3", "quantization": "int1", "rtol": "nan", "verify": "?", "input_shapes": "x"}
    said += say_all(settings={**wrong, "atol": "x", "batch": "1"})
    wrong = {"input_tensor_names": "a::b", "output_tensor_names": "a:a", "batch_size": "0"}
    said += say_all(template="TF-FrozenGraph-To-TFLite", settings=wrong, input=f"{url}/full")
    said += say_all(template="Onnx-To-Ascend-TBE", settings={"net_format": "ND", "soc_version": "\x01"})
    assert len(said) > 60
    assert [text for text in said if not chinese(text)] == []


def test_what_refused_files_are_told_has_its_chinese():
    for name in ("TF-FrozenGraph-To-Ascend", "Onnx-To-Ascend-TBE"):
        for rule in template_named(name).input.files:
            if rule.refused:
                assert chinese(SAY(f"x: {rule.refused}", "zh"))
                assert chinese(SAY(rule.remedy, "zh"))


def test_errors_of_tasks_have_their_chinese(context, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    tasks = context.tasks
    calls = [(tasks.retry, task.id), (tasks.delete, task.id), (tasks.get, "none"), (tasks.cancel, task.id)]
    calls += [(tasks.cancel, task.id)]
    said = []
    for call, name in calls:
        try:
            call(asking(), name)
        except ServiceError as error:
            said += [error.message, error.hint]
    assert len(said) == 8
    assert [text for text in said if not chinese(SAY(text, "zh"))] == []


def test_how_tasks_end_has_its_chinese():
    limits = Limits(memory=64 << 20, cpu_seconds=1, wall_seconds=2.5)
    for reason, code in (("time", -9), ("memory", -9), ("", -11)):
        error = death(Ended(answer=None, code=code, reason=reason, said=""), limits)
        assert chinese(SAY(error.message, "zh"))
        assert chinese(SAY(error.hint, "zh"))


def test_a_template_that_is_not_there(operator):
    page = operator.get("/tasks/new?template=zzzzzzzz", headers={"Accept-Language": "zh"}).text
    assert "没有名为 &#39;zzzzzzzz&#39; 的模板" in page
    assert "全部模板见模板页面" in page
    assert "the page of the templates has all" in operator.get("/tasks/new?template=Onnx-To-Onx").text
