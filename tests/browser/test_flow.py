"""What somebody does from the sign-in link to the end, in both languages, on wide and narrow screens."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from visitor import expect

pytestmark = pytest.mark.oracle_browser
TEMPLATE = "TF-SavedModel-To-TFLite"


@pytest.mark.parametrize(
    ("language", "size", "theme"),
    [("en", "wide", "light"), ("zh", "wide", "dark"), ("en", "narrow", "dark"), ("zh", "narrow", "light")],
)
def test_from_the_link_to_the_last_deletion(visit, service, digits, language, size, theme):
    me = visit(language, size, theme)
    find_template(me)
    make_task(me, digits)
    watch(me)
    read_log(me)
    download(me, service)
    clone(me)
    delete_both(me)


def find_template(me):
    assert me.fits()
    expect(me.heading("list.first_title")).to_be_visible()
    me.link("base.create").first.click()
    expect(me.heading("gallery.title")).to_be_visible()
    me.settled()
    me.page.get_by_label(me.t("gallery.search")).fill("savedmodel")
    me.page.get_by_label(me.t("gallery.filter_chip")).select_option("arm")
    cards = me.page.locator(".card")
    expect(cards).to_have_count(1)
    assert me.fits()
    cards.get_by_role("link").click()
    expect(me.heading("create.title")).to_be_visible()
    expect(me.page.get_by_role("heading", name=TEMPLATE)).to_be_visible()


def make_task(me, digits):
    me.settled()
    me.field("name").fill("Digits!")
    expect(me.faults("name")).to_have_count(1)
    me.field("settings.batch_size").fill("many")
    expect(me.faults("settings.batch_size")).to_have_count(1)
    me.page.locator("input[webkitdirectory]").set_input_files(str(digits))
    expect(me.field("input")).not_to_have_value("")
    expect(me.faults("input")).to_have_count(1)  # 8bit is the default, and there are no calibration data
    me.button("create.submit").click()
    summary = me.page.locator("#summary")
    expect(summary).to_be_focused()
    expect(summary.locator("li")).to_have_count(3)
    summary.get_by_role("link").first.click()
    expect(me.field("name")).to_be_focused()
    assert me.fits()
    me.field("name").fill("digits")
    me.field("settings.precision").select_option("32bit")
    me.field("settings.batch_size").fill("5")
    for place in ("name", "settings.batch_size", "input"):
        expect(me.faults(place)).to_have_count(0)
    me.button("create.submit").click()


def watch(me):
    expect(me.page.get_by_role("heading", name="digits", exact=True)).to_be_visible()
    me.settled()
    expect(me.status("Successful")).to_be_visible(timeout=60_000)
    expect(me.status("verified")).to_be_visible()
    expect(me.heading("details.verification")).to_be_visible()
    expect(me.page.locator(".stage-list li")).to_have_count(4)
    assert me.fits()


def read_log(me):
    lines = me.page.locator("#log .log-line")
    expect(lines.filter(has_text="input tensor image: float32[5, 24, 24, 1]").first).to_be_visible()
    me.page.get_by_label(me.t("log.search")).fill("OUTPUT NODE")
    expect(me.page.locator("#log-said")).to_have_text(me.t("log.lines", {"count": 2}))
    assert lines.locator("mark").all_inner_texts() == ["output node", "output node"]
    me.page.get_by_label(me.t("log.level")).select_option("error")
    expect(me.page.locator("#log-said")).to_have_text(me.t("log.none"))
    me.page.get_by_label(me.t("log.search")).fill("")
    me.page.get_by_label(me.t("log.level")).select_option("")
    expect(lines.first).to_contain_text("template TF-SavedModel-To-TFLite")


def download(me, service):
    with me.page.expect_download() as started:
        me.page.get_by_role("link", name="model/model.tflite").click()
    data = Path(started.value.path()).read_bytes()
    task = me.page.url.rpartition("/")[2]
    context = service[0]
    with context.database.read() as connection:
        from modelwright.service.tasks import repository

        row = repository.get(connection, "default", task)
    wanted = next(item for item in row.outcome["artifacts"] if item["name"] == "model/model.tflite")
    assert (len(data), hashlib.sha256(data).hexdigest()) == (wanted["bytes"], wanted["sha256"])
    assert started.value.suggested_filename == "model.tflite"
    with me.page.expect_download() as started:
        me.link("details.download_all").click()
    assert started.value.suggested_filename == "digits.zip"


def clone(me):
    me.link("list.clone").click()
    expect(me.heading("create.title_clone")).to_be_visible()
    expect(me.field("settings.batch_size")).to_have_value("5")
    me.field("name").fill("digits-again")
    me.field("settings.batch_size").fill("")
    me.button("create.submit").click()
    expect(me.page.get_by_role("heading", name="digits-again")).to_be_visible()
    expect(me.status("Successful")).to_be_visible(timeout=60_000)


def delete_both(me):
    me.page.get_by_role("navigation").get_by_role("link", name=me.t("base.tasks"), exact=True).click()
    expect(me.page.locator("tr[id^=row-]")).to_have_count(2)
    me.settled()
    me.page.get_by_label(me.t("list.select_all")).check()
    me.button("list.delete_selected").click()
    dialog = me.page.get_by_role("dialog")
    expect(dialog).to_contain_text("digits-again")
    assert me.fits()
    dialog.get_by_role("button", name=me.t("list.confirm_button", {"count": 2})).click()
    expect(me.page.get_by_text(me.t("list.deleted", {"count": 2}))).to_be_visible()
    expect(me.heading("list.first_title")).to_be_visible()
