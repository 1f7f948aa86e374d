"""A task's page while the task runs, when it fails, without streams and without scripts."""

from __future__ import annotations

import contextlib
import json

import pytest
from conversions import archived, broken_model, done, make, net, slow_model
from visitor import expect

from modelwright.service.errors import StateError

pytestmark = pytest.mark.oracle_browser


def test_a_task_is_watched_and_canceled(visit, client, tmp_path):
    me = visit()
    task = make(client, "slow", "Onnx-To-MindIR", slow_model(tmp_path / "slow"))
    me.go(f"/tasks/{task.id}")
    expect(me.status("Running")).to_be_visible()
    expect(me.page.locator("#log .log-line").filter(has_text="begins").first).to_be_visible()
    expect(me.page.locator(".stage-list li").first).to_contain_text("import")
    me.button("list.cancel").click()
    expect(me.status("Canceled")).to_be_visible()
    expect(me.button("list.retry")).to_be_visible()
    me.button("list.retry").click()
    expect(me.page.locator("#task-status")).to_contain_text(me.t("details.run_text", {"run": 2, "attempt": 1}))
    with contextlib.suppress(StateError):  # it may be over already
        client.cancel(task.id)
    client.wait(task.id, timeout=120)
    client.delete([task.id])
    me.page.reload()
    expect(me.heading("base.error_title")).to_be_visible()


def test_the_page_of_a_task_that_ends_elsewhere(visit, client, tmp_path):
    me = visit()
    task = make(client, "slow", "Onnx-To-MindIR", slow_model(tmp_path / "slow"))
    me.go(f"/tasks/{task.id}")
    expect(me.status("Running")).to_be_visible()
    client.cancel(task.id)
    expect(me.status("Canceled")).to_be_visible()
    expect(me.page.locator("#announcements")).to_have_text("slow: Canceled")
    expect(me.button("list.delete")).to_be_visible()


def test_the_error_is_on_top(visit, client, tmp_path):
    me = visit()
    task = done(client, "broken", "Onnx-To-TFLite", broken_model(tmp_path / "broken"))
    me.go(f"/tasks/{task.id}")
    error = me.page.locator("#last-error")
    expect(error).to_contain_text("MW-U102")
    expect(error).to_contain_text("not an ONNX model but a text file")
    assert error.bounding_box()["y"] < me.page.locator("#log").bounding_box()["y"]
    me.page.get_by_label(me.t("log.level")).select_option("error")
    expect(me.page.locator("#log .level-error").first).to_contain_text("MW-U102")


def test_the_log_comes_in_pages_where_streams_do_not(visit, client, tmp_path):
    me = visit()
    me.page.route("**/logs/stream*", lambda route: route.abort())
    task = done(client, "broken", "Onnx-To-TFLite", broken_model(tmp_path / "broken"))
    asked = []
    me.page.on("request", lambda request: asked.append(request.url) if "/logs?" in request.url else None)
    me.go(f"/tasks/{task.id}")
    me.page.get_by_label(me.t("log.search")).fill("MW-U102")
    expect(me.page.locator("#log-said")).to_have_text(me.t("log.lines", {"count": 1}))
    expect(me.page.locator("#log mark")).to_have_text("MW-U102")
    assert asked
    me.wrong = [item for item in me.wrong if "ERR_FAILED" not in item]


def test_an_archive_is_dropped_onto_the_form(visit, tmp_path):
    me = visit()
    archive = archived(net(tmp_path / "net"))
    me.go("/tasks/new?template=Onnx-To-Onnx")
    me.settled()
    data = me.page.evaluate_handle(
        """(bytes) => { const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "net.zip", { type: "application/zip" })); return data; }""",
        list(archive.read_bytes()),
    )
    for event in ("dragenter", "dragover", "drop"):
        me.page.locator("#upload").dispatch_event(event, {"dataTransfer": data})
    expect(me.field("input")).not_to_have_value("")
    me.field("name").fill("dropped")
    me.field("settings.quantization").select_option("int8")
    me.button("create.submit").click()
    expect(me.status("Successful")).to_be_visible(timeout=60_000)
    expect(me.heading("chart.quantization")).to_be_visible()
    expect(me.page.locator("svg.chart")).to_have_count(2)
    assert me.page.locator("svg.chart circle").count() >= 10
    assert me.page.locator("svg.histogram").count() > 3


def test_everything_but_uploads_works_without_scripts(visit):
    me = visit(scripts=False)
    me.button("list.first_button").click()
    expect(me.status("Successful")).to_be_visible(timeout=60_000)
    me.page.get_by_label(me.t("log.search")).fill("output node")
    me.button("list.apply").click()
    expect(me.page.locator(".log-line")).to_have_count(2)
    me.page.go_back()
    me.page.locator("summary", has_text=me.t("details.recipe")).click()
    me.link("details.recipe").click()
    assert json.loads(me.page.locator("pre.recipe").inner_text())["output"]["path"] == "output/model/model.tflite"
    me.page.go_back()
    me.button("list.delete").click()
    me.button("list.confirm_button", count=1).click()
    expect(me.page.get_by_text(me.t("list.deleted", {"count": 1}))).to_be_visible()


def test_layers_are_drawn_and_listed(visit, client, digits):
    task = done(client, "layers", "TF-SavedModel-To-Onnx", digits, per_layer=True)
    for language in ("en", "zh"):
        me = visit(language)
        me.go(f"/tasks/{task.id}")
        part = me.page.locator("section", has=me.page.locator("#verification-title"))
        for title in ("layers.error_title", "layers.cosine_title"):
            expect(part.get_by_role("img", name=me.t(title))).to_be_visible()
        expect(part.get_by_text(me.t("layers.worst_one"), exact=True).first).to_be_visible()
        rows = part.locator("details table tbody tr")
        expect(rows.first).not_to_be_visible()
        part.locator("details summary").click()
        expect(rows.first).to_be_visible()
        assert rows.count() == part.locator("svg.chart").first.locator("circle").count() > 10


def test_a_switch_keeps_a_form_and_enter_sends_it(visit):
    me = visit()
    me.go("/tasks/new?template=Onnx-To-Onnx")
    me.field("description").fill("half done")
    me.page.locator("button[name=language]").click()
    expect(me.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(me.field("description")).to_have_value("half done")
    me.page.locator("button[name=theme]").click()
    expect(me.field("description")).to_have_value("half done")
    me.field("description").press("Enter")
    expect(me.page.locator("#summary")).to_be_visible()
    expect(me.page.locator("html")).to_have_attribute("lang", "zh-CN")
