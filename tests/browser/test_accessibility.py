"""axe on every page, light and dark, wide and narrow: no serious or critical findings; and no page scrolls sideways."""

from __future__ import annotations

import pytest
from conversions import broken_model, done, make, net, slow_model
from visitor import expect

pytestmark = pytest.mark.oracle_browser


def findings(me):
    """What axe finds serious or critical, a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(me.page, options={"iframes": False}).response["violations"]
    bad = [item for item in found if item["impact"] in ("serious", "critical")]
    return [f"{item['id']}: {node['html'][:200]}" for item in bad for node in item["nodes"]]


@pytest.fixture
def addresses(client, digits, tmp_path):
    """The pages of a service that has tasks of all kinds, by what they are."""
    quantized = done(client, "quantized", "Onnx-To-Onnx", net(tmp_path / "net"), quantization="int8").id
    settings = {"precision": "32bit", "batch_size": 5, "per_layer": True}
    example = done(client, "example", "TF-SavedModel-To-TFLite", digits, **settings).id
    failed = done(client, "failed", "Onnx-To-TFLite", broken_model(tmp_path / "broken")).id
    running = make(client, "running", "Onnx-To-MindIR", slow_model(tmp_path / "slow")).id
    return {
        "list": "/tasks",
        "nothing found": "/tasks?search=nothing",
        "gallery": "/templates",
        "form": "/tasks/new?template=Caffe-To-Ascend",
        "clone": f"/tasks/new?clone={example}",
        "running": f"/tasks/{running}",
        "example": f"/tasks/{example}",
        "quantized": f"/tasks/{quantized}",
        "failed": f"/tasks/{failed}",
        "log": f"/tasks/{failed}/log",
        "recipe": f"/tasks/{example}/recipe",
        "source": f"/tasks/{example}/graph/source",
        "result": f"/tasks/{quantized}/graph/result",
        "browse": "/browse?field=input",
        "tokens": "/tokens",
        "audit": "/audit",
        "missing": "/nothing/here",
    }


def test_every_page(visit, addresses):
    said = []
    for theme, size, language in (("light", "wide", "en"), ("dark", "narrow", "zh"), ("dark", "wide", "en")):
        me = visit(language, size, theme)
        for name, address in addresses.items():
            me.go(address)
            me.settled()
            said += [f"{theme} {size} {name}: {item}" for item in findings(me)]
            if not me.fits():
                said.append(f"{theme} {size} {name}: scrolls sideways")
    assert said == []


def test_axe_finds_what_is_wrong(visit):
    me = visit()
    assert findings(me) == []
    me.page.evaluate("document.querySelector('h1').style.color = 'rgb(235, 235, 235)'")
    me.page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert sorted({item.partition(":")[0] for item in findings(me)}) == ["color-contrast", "label"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_comes_up_on_pages(visit, client, digits, theme):
    me = visit(theme=theme, signed_in=False)
    me.go("/sign-in")
    said = findings(me)
    me.go("/sign-in?code=nothing")
    said += findings(me)
    me.button("sign_in.link_button").click()
    expect(me.page.locator("#wrong")).to_be_visible()
    said += findings(me)
    me = visit(theme=theme)
    said += findings(me)
    me.go("/tasks/new?template=TF-FrozenGraph-To-Ascend")
    me.settled()
    me.button("create.submit").click()
    expect(me.page.locator("#summary")).to_be_visible()
    said += findings(me)
    me.settled()
    me.button("create.browse_input").click()
    expect(me.page.get_by_role("dialog")).to_be_visible()
    said += findings(me)
    task = done(client, "example", "TF-SavedModel-To-TFLite", digits, precision="32bit", batch_size=5)
    me.go(f"/tasks/{task.id}")
    me.settled()
    me.button("list.delete").click()
    expect(me.page.get_by_role("dialog")).to_be_visible()
    said += findings(me)
    assert said == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_menus_stay_within_narrow_screens(visit, language):
    me = visit(language, "narrow")
    me.go("/tokens")
    me.page.get_by_label(me.t("tokens.project_name")).fill("a-project-with-a-rather-long-name")
    me.button("tokens.project_make").click()
    expect(me.page.locator("#made")).to_be_visible()
    assert me.page.locator("details.menu").count() == 2
    for menu in me.page.locator("details.menu").all():
        menu.locator("summary").click()
        box = menu.locator(".menu-list").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        menu.locator("summary").click()
    for link in me.page.locator("header nav a").all():
        box = link.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 360
