from modelwright.verify.diff.structure import view_graph
from modelwright.verify.locate.tracing import layer_label, nodes_between, reads, reduce_graph

TEXT = """
g (bool p, float[2] x) => (float[2] y) {
    [a] a = Abs (x)
    [b] b = Neg (a)
    [c] c = If (p) < then_branch = t () => (float[2] u) { v = Relu (b) u = Neg (v) },
                     else_branch = e () => (float[2] w) { w = Identity (a) }>
    [d] d = Exp (x)
    [y] y = Add (c, d)
}
"""


def _values(graph):
    return {value.name: value for node in graph for value in node.outputs}


def test_subgraphs_read_outer_values(model):
    graph = model(TEXT).graph
    nodes = {node.name: node for node in graph}
    assert [value.name for value in reads(nodes["c"])] == ["p", "a", "b"]


def test_the_graph_of_some_tensors(model):
    view = view_graph(model(TEXT).graph, {"": 17})
    graph = reduce_graph(view, {"a", "c", "y"}, {})
    assert graph.order == {"a": 0, "c": 1, "y": 2}
    assert graph.behind == {"a": (), "c": ("a",), "y": ("c",)}


def test_nodes_between_tensors(model):
    graph = model(TEXT).graph
    values = _values(graph)
    assert [node.name for node in nodes_between(values["y"], {values["c"]})] == ["d", "y"]
    assert [node.name for node in nodes_between(values["c"], {values["a"]})] == ["b", "c"]
    assert nodes_between(values["a"], {values["a"]}) == []


def test_labels(model):
    node = next(iter(model(TEXT).graph))
    assert (layer_label(node), layer_label(None)) == ("a", "")
    node.meta["source"] = "block/conv"
    assert layer_label(node) == "block/conv"
