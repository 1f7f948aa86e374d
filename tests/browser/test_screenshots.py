"""The pictures of the documentation, taken where ``MODELWRIGHT_IMAGES`` says (``make screenshots``)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conversions import broken_model, done, net, slow_model
from conversions import make as begin
from PIL import Image
from visitor import expect

pytestmark = pytest.mark.oracle_browser
_COLORS = 128
_LARGEST = 120_000


@pytest.fixture
def images(tmp_path):
    """Where pictures go."""
    folder = Path(os.environ.get("MODELWRIGHT_IMAGES", tmp_path / "images"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(shown, path: Path) -> None:
    """A picture of a page or of a part of it, with few colours; it must show something and be small."""
    shown.screenshot(path=path, animations="disabled")
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    assert len(small.getcolors()) > 20
    assert path.stat().st_size < _LARGEST


def test_pictures(visit, client, digits, tmp_path, images):
    folder = net(tmp_path / "net")
    light, dark = visit(), visit(theme="dark")
    example = done(client, "digits", "TF-SavedModel-To-TFLite", digits, precision="32bit", batch_size=5).id
    quantized = done(client, "net-int8", "Onnx-To-TFLite", folder, quantization="int8").id
    done(client, "net-ascend", "Onnx-To-Ascend-TBE", folder)
    done(client, "net-engine", "Onnx-To-TensorRT", folder)
    done(client, "broken", "Onnx-To-TFLite", broken_model(tmp_path / "broken"))
    layered = done(client, "digits-onnx", "TF-SavedModel-To-Onnx", digits, opset=17, per_layer=True).id
    begin(client, "deep-net", "Onnx-To-MindIR", slow_model(tmp_path / "slow"))
    for me, theme in ((light, "light"), (dark, "dark")):
        me.go("/tasks")
        expect(me.page.locator("tr[id^=row-]")).to_have_count(7)
        take(me.page, images / f"tasks-{theme}.png")
        me.go(f"/tasks/{example}")
        expect(me.page.locator("#log .log-line").first).to_be_visible()
        me.page.set_viewport_size({"width": 1280, "height": 1000})
        take(me.page, images / f"task-{theme}.png")
    light.go("/templates")
    take(light.page, images / "gallery.png")
    dark.go("/tasks/new?template=Onnx-To-TFLite")
    dark.settled()
    dark.field("name").fill("My net")
    expect(dark.faults("name")).to_have_count(1)
    take(dark.page, images / "create.png")
    light.go(f"/tasks/{quantized}")
    light.page.evaluate("document.querySelector('.top').style.position = 'static'")
    charts = light.page.locator("section", has=light.page.locator("#quantization-title"))
    take(charts, images / "charts.png")
    light.go(f"/tasks/{layered}")
    take(light.page.locator("#verification-title ~ .chart-figure").first, images / "layers.png")
    dark.go(f"/tasks/{example}/graph/result")
    expect(dark.page.locator("#graph-said")).to_have_text(dark.t("graph.shown"), timeout=60_000)
    take(dark.page, images / "graph.png")
