import html.parser

import modelwright as mw
from modelwright.pipeline.diff_page import diff_page


class _Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.open, self.data = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.data.append(data)


def test_a_page_needs_nothing_else_and_names_are_escaped(write_onnx, tmp_path):
    import onnx
    from onnx import helper

    paths = []
    for alpha in (0.5, 0.25):
        name = f"<script>alert(1)</script>&\"'{alpha}"
        node = helper.make_node("Elu", ["x"], ["<b>y</b>"], name=name, alpha=alpha)
        tensor = helper.make_tensor(f"<img src=x onerror={alpha}>", 1, [1], [alpha])
        graph = helper.make_graph(
            [node, helper.make_node("Mul", ["<b>y</b>", tensor.name], ["z"])],
            f"<i>{alpha}",
            [helper.make_tensor_value_info("x", 1, ["N", 2])],
            [helper.make_tensor_value_info("z", 1, ["N", 2])],
            [tensor],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        paths.append(tmp_path / f"a&b<{alpha}>.onnx")
        onnx.save(model, paths[-1])
    text = diff_page(mw.diff(*paths))
    page = _Page(text)
    assert not {"script", "img", "i"} & set(page.tags)
    assert text.count("<b>") == 1
    assert page.links == []
    assert page.open == []
    assert "<script>alert(1)</script>&\"'0.5" in "".join(page.data)
    assert not [word for word in ("http", "@import", "url(") if word in text]


def test_a_page_says_when_nothing_differs_and_when_nothing_ran(small, write_onnx):
    assert "0 unlike" in diff_page(mw.diff(small, small))
    other = write_onnx(
        '<ir_version: 8, opset_import: ["" : 17]> g (float[2] q) => (float[2] y) { y = Relu (q) }', "o.onnx"
    )
    assert "Not compared: only one of the models has the input" in diff_page(mw.diff(small, other))
