import pytest

from modelwright.backends.ascend.shapes import OutNode, parse_gears, parse_input_shape, parse_out_nodes
from modelwright.errors import UsageError


@pytest.mark.parametrize(
    "text",
    ["x:1,3,224,224", "x:0:1,3;b/c:-1,4", "x:1~8,3,-1,5~-1", "scalar:", "a b:1"],
)
def test_shapes_are_written_as_they_are_read(text):
    assert ";".join(str(item) for item in parse_input_shape(text)) == text


def test_names_reach_to_the_last_colon():
    (found,) = parse_input_shape("scope/x:0:1,2")
    assert (found.name, found.dims) == ("scope/x:0", (1, 2))
    (found,) = parse_input_shape("x:[1~4,-1]")
    assert (found.dims, found.open_axes, found.has_range) == (((1, 4), -1), (1,), True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2", "is not name:dims"),
        (":1,2", "is not name:dims"),
        ("x:1,2;;y:1", "is empty"),
        ("x:1;x:2", "names x twice"),
        ("x:1,a", "'a' is not a dimension"),
        ("x:1,-2", "'-2' is not a dimension"),
        ("x:0,1", "is 0"),
        ("x:5~2", "is empty"),
        ("x:٣", "is not a dimension"),
    ],
)
def test_malformed_shapes(text, message):
    with pytest.raises(UsageError, match=message) as caught:
        parse_input_shape(text)
    assert caught.value.hint


def test_outputs():
    assert parse_out_nodes("a/b:0;c:d:12;e") == (
        OutNode(name="a/b", index=0),
        OutNode(name="c:d", index=12),
        OutNode(name="e"),
    )
    assert [str(item) for item in parse_out_nodes("a:0;e")] == ["a:0", "e"]


def test_gears():
    assert parse_gears("1, 2,4", "dynamic_batch_size") == ((1,), (2,), (4,))
    assert parse_gears("416,416;832,640", "dynamic_image_size") == ((416, 416), (832, 640))
    assert parse_gears("1;4;8", "dynamic_dims") == ((1,), (4,), (8,))
    for text in ("1,,2", "1,a", "0,1", "-1,2"):
        with pytest.raises(UsageError):
            parse_gears(text, "dynamic_batch_size")
