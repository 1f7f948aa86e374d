"""Graphs of every format, drawn in a frame that reaches nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import caffe_writing
import numpy as np
import pytest
from conversions import done, net
from visitor import expect

pytestmark = pytest.mark.oracle_browser
FIXTURES = Path(__file__).parents[1] / "fixtures"
PROTOTXT = """
name: "net"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 2 } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
"""
NODES = {
    "net.onnx": 9,
    "net.prototxt": 2,
    "net.caffemodel": 1,
    "frozen.pb": 1,
    "saved_model.pb": 1,
    "mind.mindir": 1,
    "network.tflite": 2,
    "program.pdmodel": 1,
    "inference.json": 1,
}
"""Files of every format and the least number of nodes that their drawings have."""


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with a model in each format."""
    folder = net(tmp_path_factory.mktemp("models") / "all")
    (folder / "net.prototxt").write_text(PROTOTXT, encoding="utf-8")
    weights = {"fc": ("InnerProduct", [np.ones((2, 48), np.float32), np.ones(2, np.float32)])}
    (folder / "net.caffemodel").write_bytes(caffe_writing.caffemodel(weights))
    shutil.copyfile(FIXTURES / "tensorflow" / "reader" / "tf1_graph.pb", folder / "frozen.pb")
    shutil.copyfile(FIXTURES / "tensorflow" / "reader" / "tf2_module" / "saved_model.pb", folder / "saved_model.pb")
    shutil.copyfile(FIXTURES / "mindir" / "exports" / "clip.mindir", folder / "mind.mindir")
    with np.load(FIXTURES / "tflite" / "networks.npz") as data:
        (folder / "network.tflite").write_bytes(data["classify_float/model"].tobytes())
    for name, file in (("operators_program", "program.pdmodel"), ("operators_pir", "inference.json")):
        with np.load(FIXTURES / "paddle" / f"{name}.npz") as data:
            (folder / file).write_bytes(data["abs/program"].tobytes())
    return folder


def test_every_format_is_drawn(visit, client, models):
    me = visit(theme="dark")
    task = done(client, "all", "Onnx-To-Onnx", models, verify=False)
    me.go(f"/tasks/{task.id}")
    me.link("details.graph_source").click()
    for name, least in NODES.items():
        me.page.get_by_label(me.t("graph.file")).select_option(name)
        me.button("graph.show").click()
        expect(me.page.locator("#graph-said")).to_have_text(me.t("graph.shown"), timeout=60_000)
        drawn = me.page.frame_locator("#graph").locator("g.node")
        assert drawn.count() >= least, name
    assert me.fits()


def test_the_result_is_drawn_and_the_frame_has_no_rights(visit, client, models):
    me = visit()
    task = done(client, "all", "Onnx-To-TFLite", models, verify=False)
    me.go(f"/tasks/{task.id}/graph/result")
    expect(me.page.locator("#graph-said")).to_have_text(me.t("graph.shown"), timeout=60_000)
    assert me.page.frame_locator("#graph").locator("g.node").count() >= 5
    frame = me.page.frames[1]
    assert frame.url.endswith("/viewer/frame.html")
    assert me.page.evaluate("document.getElementById('graph').contentDocument") is None
    requests = []
    me.page.on("request", lambda request: requests.append(request.all_headers()) if "/viewer/" in request.url else None)
    me.page.reload()
    expect(me.page.locator("#graph-said")).to_have_text(me.t("graph.shown"), timeout=60_000)
    assert len(requests) > 5
    assert [headers for headers in requests if "modelwright_session" in headers.get("cookie", "")][1:] == []


def test_a_file_that_is_no_model(visit, client, models, tmp_path):
    me = visit()
    folder = tmp_path / "odd"
    shutil.copytree(models, folder)
    (folder / "net.mindir").write_bytes(b"\xff" * 500)
    task = done(client, "odd", "Onnx-To-Onnx", folder, verify=False)
    me.go(f"/tasks/{task.id}/graph/source?file=net.mindir")
    expect(me.page.locator("#graph-said")).to_contain_text(me.t("graph.failed"), timeout=60_000)
    assert len(me.page.locator("#graph-said").inner_text()) > len(me.t("graph.failed")) + 5
    expect(me.page.locator("#graph")).to_be_hidden()
    expect(me.heading("graph.facts")).to_be_visible()


def test_a_graph_without_nodes_is_no_empty_frame(visit, client, tmp_path):
    me = visit("zh")
    folder = net(tmp_path / "net")
    (folder / "empty.prototxt").write_text('name: "empty"\n', encoding="utf-8")
    task = done(client, "hollow", "Onnx-To-Onnx", folder, verify=False)
    me.go(f"/tasks/{task.id}/graph/source?file=empty.prototxt")
    expect(me.page.locator("#graph-said")).to_contain_text(me.t("graph.failed"), timeout=60_000)
    expect(me.page.locator("#graph")).to_be_hidden()
    expect(me.heading("graph.facts_of_all")).to_be_visible()
