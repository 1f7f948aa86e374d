from modelwright.backends.ascend.interface import Port, chosen_format, settle_shapes
from modelwright.backends.ascend.shapes import parse_input_shape

PORTS = (
    Port(name="x", artifact="x", dims=("N", 3, 8, 8), dtype="float32"),
    Port(name="s", artifact="s", dims=("N", 2), dtype="float32"),
)


def settle(text, *, geared=False, ports=PORTS):
    shapes, problems = settle_shapes(ports, parse_input_shape(text) if text else (), geared=geared)
    return ";".join(str(item) for item in shapes), [message for message, hint in problems if hint]


def test_what_is_said_completes_what_is_known():
    assert settle("s:4,2;x:4,3,8,8") == ("x:4,3,8,8;s:4,2", [])
    assert settle("", geared=True) == ("x:-1,3,8,8;s:-1,2", [])
    assert settle("x:-1,3,8,8;s:1~8,2") == ("x:-1,3,8,8;s:1~8,2", [])


def test_what_stays_open_is_named():
    _, problems = settle("x:1,3,8,8")
    assert problems == ["the shape of input 's' is open: [N, 2]"]


def test_contradictions_are_named():
    assert settle("x:1,3,8,8;s:1,2;t:1")[1] == ["input_shape: there is no input 't'"]
    assert settle("x:1,3,8;s:1,2")[1] == ["input_shape x:1,3,8 has 3 dimensions, the model has [N, 3, 8, 8]"]
    assert "dimension 3 of the model is 8, not 9" in settle("x:1,3,8,9;s:1,2")[1][0]
    assert "dimension 1 of the model is 2, not open" in settle("x:1,3,8,8;s:1,-1")[1][0]


def test_inputs_of_unknown_rank_take_what_is_said():
    port = (Port(name="x", artifact="x", dims=None, dtype="float32"),)
    assert settle("x:1,2", ports=port) == ("x:1,2", [])
    assert settle("", ports=port, geared=True)[1] == ["the shape of input 'x' is open: [...]"]


def test_layouts_between_hub_and_compiler():
    port = Port(name="x", artifact="x", dims=(1, 8, 9, 3), dtype="float32", perm=(0, 2, 3, 1))
    assert port.to_hub((1, 8, 9, 3)) == (1, 3, 8, 9)


def test_the_layout_follows_the_ranks():
    image, flat = parse_input_shape("x:1,3,8,8"), parse_input_shape("x:1,3")
    assert chosen_format(5, {}, image, image=False) == "NCHW"
    assert chosen_format(3, {}, image, image=False) == "NHWC"
    assert chosen_format(5, {}, flat, image=False) == "ND"
    assert chosen_format(5, {"dynamic_dims": "1;2"}, image, image=False) == "ND"
    assert chosen_format(3, {"input_format": "NCHW"}, image, image=False) == "NCHW"
