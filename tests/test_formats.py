import pytest

from modelwright.errors import UsageError
from modelwright.formats import NamedShape, parse_named_shape, parse_named_shapes, split_list


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("x", None),
        ("x:0[1,28,28,3]", (1, 28, 28, 3)),
        ("x[-1, ?, seq.len]", (None, None, "seq.len")),
        ("scalar[]", ()),
        ("x [2]", (2,)),
    ],
)
def test_a_tensor_with_a_shape(text, shape):
    assert parse_named_shape(text) == NamedShape(name=text.partition("[")[0].strip(), shape=shape)


def test_commas_inside_brackets_do_not_separate():
    assert [str(item) for item in parse_named_shapes("a:0[1,2], b/c ,d[]")] == ["a:0[1,2]", "b/c", "d[]"]
    assert split_list("p:1,q[1,2]:3") == ("p:1", "q[1,2]:3")


@pytest.mark.parametrize(
    "text", ["x[1,2", "x]1[", "x[[1]]", "a,,b", "", "x[1,2.5]", "x[-2]", "x[1,]", "[1,2]", "x[1],x[2]"]
)
def test_malformed_tensors_are_refused_with_the_text(text):
    with pytest.raises(UsageError) as caught:
        parse_named_shapes(text)
    assert repr(text.split(",x[2]")[0])[1:-1] in str(caught.value)


def test_spelling_round_trip():
    for text in ("x", "x[1,-1,n]", "x[]"):
        assert str(parse_named_shape(text)) == text


def test_brackets_in_names():
    assert parse_named_shape("layers[0]/out[1,64]") == NamedShape(name="layers[0]/out", shape=(1, 64))
    assert parse_named_shape("layers[0]/out") == NamedShape(name="layers[0]/out")
