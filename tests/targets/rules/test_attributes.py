POOL = "g (float[1,1,4,4] x) => (float[1,1,h,w] y) {{ y = AveragePool<kernel_shape=[2,2]{more}>(x) }}"
LIMIT = {
    "operator": "AveragePool",
    "name": "count_include_pad",
    "default": 0,
    "allowed": [1],
    "unless_zero": "pads",
    "remedy": "set it",
}


def test_a_value_that_is_not_taken(codes):
    padded = POOL.format(more=", pads=[1,1,1,1]")
    assert codes(padded, "attributes", {"limits": [LIMIT]}) == [2]
    assert codes(padded, "attributes", {"limits": [{**LIMIT, "severity": "warning"}]}) == [100]
    assert codes(POOL.format(more=", pads=[1,1,1,1], count_include_pad=1"), "attributes", {"limits": [LIMIT]}) == []


def test_without_padding_it_does_not_matter(codes):
    assert codes(POOL.format(more=""), "attributes", {"limits": [LIMIT]}) == []
    assert codes(POOL.format(more=", pads=[0,0,0,0]"), "attributes", {"limits": [LIMIT]}) == []


def test_defaults_count(codes):
    text = "g (float[2,2] x, float[2,2] w) => (float[2,2] y) {{ y = Gemm{0}(x, w) }}"
    limit = {"operator": "Gemm", "name": "alpha", "default": 1.0, "allowed": [1.0], "remedy": "fold it"}
    assert codes(text.format(""), "attributes", {"limits": [limit]}) == []
    assert codes(text.format("<alpha=0.5>"), "attributes", {"limits": [limit]}) == [2]


def test_inputs_that_must_be_constant(codes):
    text = "g (float[4] x, int64[1] s) => (float[n] y) <int64[1] one = {4}> { a = Reshape(x, one)\n y = Reshape(a, s) }"
    assert codes(text, "constant-inputs", {"inputs": {"Reshape": [1]}}) == [2]


def test_what_is_computed_from_static_shapes_is_constant(codes):
    text = "g (float[4, 2] x, float[8] z) => (float[4, 2] y) { s = Shape(x)\n y = Reshape(z, s) }"
    assert codes(text, "constant-inputs", {"inputs": {"Reshape": [1]}}) == []
