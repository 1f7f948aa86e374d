import re

from browsing import HTMX

from modelwright.templates.catalogue import templates


def names(page):
    return re.findall(r'href="/tasks/new\?template=([^"]+)"', page)


def test_all_templates_are_there_in_both_languages(operator):
    page = operator.get("/templates").text
    assert names(page) == [item.name for item in templates()]
    assert "Converts a Caffe model to one that runs on Ascend chips." in page
    page = operator.get("/templates", headers={"Accept-Language": "zh"}).text
    assert "转换 Caffe 框架训练的模型，转换后的模型可在 Ascend 芯片上运行。" in page
    assert "47 个模板中的 47 个" in page


def test_filters_and_search(operator):
    page = operator.get("/templates?chip=ascend&framework=TensorFlow&format=saved_model&search=hilens").text
    assert names(page) == ["TF-SavedModel-To-Ascend-HiLens"]
    assert '<option value="ascend" selected>' in page
    assert 'value="hilens"' in page
    page = operator.get("/templates?search=nothing+such").text
    assert "No template fits" in page
    assert operator.get("/templates?chip=abacus").status_code == 404


def test_htmx_gets_the_cards_alone(operator):
    part = operator.get("/templates?chip=arm", headers=HTMX).text
    assert part.lstrip().startswith('<section id="cards"')
    assert "<html" not in part
    back = operator.get("/templates?chip=arm", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in back.text


def test_what_is_searched_for_is_text(operator):
    page = operator.get("/templates", params={"search": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page
