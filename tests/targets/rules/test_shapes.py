import pytest

FIVE = """g (float[2, 24] x) => (float[2, 24] y)
<int64[5] five = {2, 2, 3, 2, 2}, int64[2] two = {2, 24}>
{
  [up] a = Reshape(x, five)
  [mid] b = Relu(a)
  [down] y = Reshape(b, two)
}"""


def test_rank_of_what_reshapes_give(codes):
    assert codes(FIVE, "max-rank", {"highest": 4, "operators": ["Reshape", "Unsqueeze"]}) == [4]
    assert codes(FIVE, "max-rank", {"highest": 4}) == [4, 4, 4]
    assert codes(FIVE, "max-rank", {"highest": 5}) == []


def test_unsqueeze_to_five_dimensions(codes):
    text = "g (float[1,2,3,4] x) => (float[1,1,2,3,4] y) <int64[1] a = {0}> { y = Unsqueeze(x, a) }"
    assert codes(text, "max-rank", {"highest": 4, "operators": ["Reshape", "Unsqueeze"]}) == [4]


def test_empty_tensors(codes):
    text = "g (float[0, 3] x) => (float[0, 3] y) { y = Relu(x) }"
    assert codes(text, "no-zero-size") == [5]
    assert codes("g (float[1, 3] x) => (float[1, 3] y) { y = Relu(x) }", "no-zero-size") == []


def test_an_empty_constant_is_allowed(codes):
    weights = "<float[4] s = {1,1,2,2}, float[0] roi = {}>"
    text = f"g (float[1,1,4,4] x) => (float[1,1,8,8] y) {weights} {{ y = Resize(x, roi, s) }}"
    assert codes(text, "no-zero-size") == []


@pytest.mark.parametrize(("spatial", "expected"), [("8", [4]), ("8,8", []), ("8,8,8", [4])])
def test_only_2d_convolutions(codes, spatial, expected):
    kernel = ",".join("1" for _ in spatial.split(","))
    text = f"g (float[1,1,{spatial}] x, float[1,1,{kernel}] w) => (float[1,1,{spatial}] y) {{ y = Conv(x, w) }}"
    settings = {"operators": ["Conv"], "ranks": [2]}
    assert codes(text, "spatial-rank", settings) == expected
    warned = [100 for _ in expected]
    assert codes(text, "spatial-rank", {**settings, "severity": "warning"}) == warned


def test_the_filter_tells_the_rank_where_the_data_does_not(codes):
    text = """<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
g (float[1,1,4] x) => (float[1,1,4] y) <float[1,1,1] w = {1}> { a = own.Thing(x)
 y = Conv(a, w) }"""
    assert codes(text, "spatial-rank", {"operators": ["Conv"], "ranks": [2]}) == [4]


def test_shapes_that_depend_on_data_are_said(codes):
    text = "g (float[4] x) => (int64[1, n] y) { y = NonZero(x) }"
    assert codes(text, "known-shapes") == []
    assert codes(
        "g (float[4] x) => (float[?] y) { a = NonZero(x)\n f = Cast<to=1>(a)\n y = Squeeze(f) }", "known-shapes"
    )
