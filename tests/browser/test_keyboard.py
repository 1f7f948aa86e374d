"""The main flow without a mouse."""

from __future__ import annotations

import pytest
from visitor import expect

pytestmark = pytest.mark.oracle_browser


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_conversion_by_keys_alone(visit, service, digits, language):
    me = visit(language, signed_in=False)
    keys = me.page.keyboard
    me.go(f"/sign-in?code={service[0].projects.first_sign_in(5)}")
    me.settled()
    assert me.focused() == me.t("sign_in.link_button")
    keys.press("Enter")
    expect(me.heading("list.first_title")).to_be_visible()
    me.settled()
    keys.press("Tab")
    assert me.focused() == me.t("base.skip")
    keys.press("Enter")
    me.tab_to(me.t("base.create"))
    keys.press("Enter")
    expect(me.heading("gallery.title")).to_be_visible()
    me.settled()
    me.tab_to(me.t("gallery.search"))
    keys.type("savedmodel-to-tflite")
    expect(me.page.locator(".card")).to_have_count(1)
    me.tab_to(me.t("gallery.use_named", {"name": "TF-SavedModel-To-TFLite"}))
    keys.press("Enter")
    expect(me.heading("create.title")).to_be_visible()
    me.settled()
    fill_in(me, digits)
    look_and_delete(me)


def fill_in(me, digits):
    keys = me.page.keyboard
    me.tab_to(me.t("create.name"))
    keys.press("Control+a")
    keys.type("by-keys")
    me.tab_to(me.t("create.choose_folder"))
    with me.page.expect_file_chooser() as chooser:
        keys.press("Space")
    chooser.value.set_files(str(digits))
    expect(me.field("input")).not_to_have_value("")
    while "precision" not in me.page.evaluate("document.activeElement.id"):
        keys.press("Tab")
    keys.type("32")
    expect(me.field("settings.precision")).to_have_value("32bit")
    keys.press("Tab")
    keys.type("5")
    me.tab_to(me.t("create.submit"))
    keys.press("Enter")


def look_and_delete(me):
    keys = me.page.keyboard
    expect(me.status("Successful")).to_be_visible(timeout=60_000)
    me.settled()
    me.tab_to("model/model.tflite")
    with me.page.expect_download() as started:
        keys.press("Enter")
    assert started.value.suggested_filename == "model.tflite"
    me.tab_to(me.t("details.recipe"))
    keys.press("Enter")
    expect(me.page.locator("pre.recipe")).to_contain_text('"path": "input"')
    me.tab_to(me.t("log.search"))
    keys.type("output node")
    expect(me.page.locator("#log mark").first).to_be_visible()
    me.tab_to(me.t("log.follow"))
    keys.press("Tab")
    assert me.page.evaluate("document.activeElement.id") == "log"
    me.tab_to(me.t("details.copy"))
    keys.press("Enter")
    expect(me.page.locator("#announcements")).to_have_text(me.t("details.copied"))
    keys.press("Control+Home")
    me.tab_to(me.t("list.delete"))
    keys.press("Enter")
    expect(me.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(me.page.get_by_role("dialog")).to_be_hidden()
    assert me.focused() == me.t("list.delete")
    keys.press("Enter")
    expect(me.page.get_by_role("dialog")).to_be_visible()
    me.tab_to(me.t("list.confirm_button", {"count": 1}), most=10)
    keys.press("Enter")
    expect(me.page.get_by_text(me.t("list.deleted", {"count": 1}))).to_be_visible()
