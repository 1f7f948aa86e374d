"""Each rule by value: batch N of the rewritten model equals N runs of the original."""

import pytest
from rebatch_checking import parse, rebatched, same_as_slices

HEAD = '<ir_version: 8, opset_import: ["" : 17]> g (float[1, 3, 8, 8] x) => (float[A, B] y) '
"""Declared ranks of outputs are corrected by ``_model``."""


def _model(body: str, weights: str = "", rank: int = 2, head: str = HEAD, **random: tuple[int, ...]):
    dims = ", ".join("ABCDEF"[:rank])
    return parse(head.replace("[A, B]", f"[{dims}]") + f"<{weights}>" * bool(weights) + "{" + body + "}", **random)


@pytest.mark.parametrize("new", [4, "batch"])
@pytest.mark.parametrize(
    ("target", "rank", "count"),
    [("1, -1", 2, 1), ("1, 192", 2, 1), ("-1, 192", 2, 0), ("0, -1", 2, 0), ("1, 3, -1, 8", 4, 1), ("1, 1, 192", 3, 1)],
)
def test_reshape(new, target, rank, count):
    length = len(target.split(","))
    done = same_as_slices(_model("y = Reshape (x, s)", f"int64[{length}] s = {{{target}}}", rank), "x", new)
    assert len(done) == count


@pytest.mark.parametrize("new", [4, "batch"])
def test_reshape_through_a_merged_dimension(new):
    body = """
        a = Reshape (x, s)
        b = MatMul (a, k)
        c = Relu (b)
        y = Reshape (c, t)
    """
    weights = "int64[2] s = {24, 8}, int64[4] t = {1, 3, 8, 5}"
    done = same_as_slices(_model(body, weights, 4, k=(8, 5)), "x", new)
    assert [item.split(": ")[1] for item in done] == [
        "[24, 8] becomes [24*batch, 8]",
        "[1, 3, 8, 5] becomes [batch, 3, 8, 5]",
    ]


@pytest.mark.parametrize("new", [4, "batch"])
def test_attention_with_heads(new):
    body = """
        t = Reshape (x, s)
        q = Transpose <perm = [0, 2, 1, 3]> (t)
        k = Transpose <perm = [0, 2, 3, 1]> (t)
        m = MatMul (q, k)
        p = Softmax <axis = -1> (m)
        o = MatMul (p, q)
        b = Transpose <perm = [0, 2, 1, 3]> (o)
        y = Reshape (b, e)
    """
    weights = "int64[4] s = {1, 24, 2, 4}, int64[3] e = {1, 24, 8}"
    assert len(same_as_slices(_model(body, weights, 3), "x", new)) == 2


@pytest.mark.parametrize("new", [4, "batch"])
def test_a_class_token_is_repeated(new):
    body = "t = Reshape (x, s) y = Concat <axis = 1> (cls, t)"
    done = same_as_slices(_model(body, "int64[3] s = {1, 24, 8}", 3, cls=(1, 1, 8)), "x", new)
    assert "input 'cls' is repeated along dimension 0" in done[1]


@pytest.mark.parametrize("new", [4, "batch"])
def test_a_class_token_that_is_expanded(new):
    body = "c = Expand (cls, e) t = Reshape (x, s) y = Concat <axis = 1> (c, t)"
    weights = "int64[3] s = {1, 24, 8}, int64[3] e = {1, 1, 8}"
    done = same_as_slices(_model(body, weights, 3, cls=(1, 1, 8)), "x", new)
    assert len(done) == 2


@pytest.mark.parametrize("new", [4, "batch"])
def test_slices_of_the_whole_batch(new):
    body = "a = Slice (x, s, e, d) y = Flatten <axis = 1> (a)"
    weights = "int64[2] s = {0, 1}, int64[2] e = {1, 3}, int64[2] d = {0, 1}"
    assert len(same_as_slices(_model(body, weights), "x", new)) == 1


@pytest.mark.parametrize("new", [4, "batch"])
def test_resize_to_sizes(new):
    body = 'y = Resize <mode = "nearest"> (x, , , sizes)'
    assert len(same_as_slices(_model(body, "int64[4] sizes = {1, 3, 16, 12}", 4), "x", new)) == 1


@pytest.mark.parametrize("new", [4, "batch"])
def test_initial_states_of_recurrent_layers(new):
    body = """
        a = Reshape (x, s)
        b = Transpose <perm = [1, 0, 2]> (a)
        h = ConstantOfShape (z)
        y, last, cell = LSTM <hidden_size = 5> (b, w, r, , , h, c)
    """
    weights = "int64[3] s = {1, 24, 8}, int64[3] z = {1, 1, 5}"
    model = _model(body, weights, 4, w=(1, 20, 8), r=(1, 20, 5), c=(1, 1, 5))
    assert len(same_as_slices(model, "x", new, axes=[2])) == 3


@pytest.mark.parametrize("new", [4, "batch"])
def test_targets_computed_in_part(new):
    """As exporters write ``x.view(1, x.shape[1], -1)``."""
    body = """
        n = Shape (x)
        c = Gather (n, one)
        s = Concat <axis = 0> (b, c, rest)
        y = Reshape (x, s)
    """
    weights = "int64[1] one = {1}, int64[1] b = {1}, int64[1] rest = {-1}"
    assert len(same_as_slices(_model(body, weights, 3), "x", new)) == 1


def test_from_a_larger_batch():
    head = HEAD.replace("[1, 3", "[4, 3")
    body = "t = Reshape (x, s) a = Add (t, p) y = Slice (a, z, e, z)"
    weights = "int64[2] s = {4, 192}, int64[1] z = {0}, int64[1] e = {4}"
    model = _model(body, weights, 2, head, p=(1, 192))
    assert len(same_as_slices(model, "x", 8)) == 2
    assert len(same_as_slices(model, "x", "batch", size=8)) == 2


def test_shape_chains_need_nothing():
    body = "n = Shape (x) b = Gather (n, zero) s = Concat <axis = 0> (b, rest) y = Reshape (x, s)"
    assert same_as_slices(_model(body, "int64[1] zero = {0}, int64[1] rest = {-1}"), "x", 4) == []


@pytest.mark.parametrize(
    ("body", "weights", "obstacle"),
    [
        ("y = ReduceMean <axes = [0]> (x)", "", "mixes or drops"),
        ("y = Gather <axis = 0> (x, i)", "int64 i = {0}", "mixes or drops"),
        ("y = Squeeze (x, i)", "int64[1] i = {0}", "does not fit another batch"),
        ("y = Concat <axis = 0> (x, x)", "", "joins along the batch"),
        ("t = Transpose <perm = [1, 0, 2, 3]> (x) y = Reshape (t, s)", "int64[2] s = {3, 64}", "where the batch goes"),
    ],
)
def test_what_cannot_be_rewritten_is_told(body, weights, obstacle):
    _, done, obstacles = rebatched(_model(body, weights), {"x": (4, 3, 8, 8)})
    assert done == []
    assert len(obstacles) == 1
    assert obstacle in obstacles[0]


def test_a_part_of_a_larger_batch():
    head = HEAD.replace("[1, 3", "[4, 3")
    model = _model("y = Slice (x, s, e)", "int64[1] s = {0}, int64[1] e = {2}", 4, head)
    assert "takes a part of the batch" in rebatched(model, {"x": (8, 3, 8, 8)})[2][0]


def test_weights_that_hold_a_row_for_each_sample():
    head = HEAD.replace("[1, 3", "[4, 3")
    model = _model("y = Add (x, w)", "", 4, head, w=(4, 1, 1, 8))
    assert "holds 4 rows" in rebatched(model, {"x": (8, 3, 8, 8)})[2][0]
