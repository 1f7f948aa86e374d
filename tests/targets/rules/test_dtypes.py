def test_tensors_and_weights_of_other_dtypes(codes):
    allowed = {"allowed": ["float32", "int64"]}
    assert codes("g (float[2] x) => (float[2] y) { y = Relu(x) }", "dtypes", allowed) == []
    assert codes("g (double[2] x) => (double[2] y) { y = Relu(x) }", "dtypes", allowed) == [3]
    text = "g (float[2] x) => (float[2] y) <double[2] w = {1, 2}> { a = Cast<to=1>(w)\n y = Add(x, a) }"
    assert codes(text, "dtypes", allowed) == [3]


def test_dtypes_that_are_computed_in_others(codes):
    settings = {"allowed": ["float32"], "carried": {"float64": "float32"}}
    assert codes("g (double[2] x) => (double[2] y) { y = Relu(x) }", "dtypes", settings) == [105]
    mixed = "g (double[2] x) => (int16[2] y) { y = Cast<to=5>(x) }"
    assert codes(mixed, "dtypes", settings) == [3]


def test_unknown_dtypes_are_not_judged(codes):
    text = """<ir_version: 8, opset_import: ["" : 17, "own" : 1]>
g (float[2] x) => (float[2] y) { a = own.Thing(x)
 y = Relu(a) }"""
    assert codes(text, "dtypes", {"allowed": ["float32"]}) == []


def test_uint8_quantized_models(codes):
    text = """g (uint8[2] q) => (float[2] y) <float s = {0.5}, {kind}8 z = {{1}}> {{ y = DequantizeLinear(q, s, z) }}"""
    text = text.replace("{{", "{").replace("}}", "}")
    assert codes(text.replace("{kind}", "uint"), "not-quantized") == [11]
    signed = text.replace("{kind}", "int").replace("uint8[2] q", "int8[2] q")
    assert codes(signed, "not-quantized") == []
    assert codes(signed, "not-quantized", {"forbidden": ["uint8", "int8"]}) == [11]


def test_uint8_images_are_no_quantization(codes):
    assert codes("g (uint8[2] x) => (float[2] y) { y = Cast<to=1>(x) }", "not-quantized") == []


def test_casts_to_what_is_not_there(codes):
    text = "g (float[2] x) => (double[2] y) { y = Cast<to=11>(x) }"
    assert codes(text, "no-dtype-attribute", {"forbidden": ["float64"]}) == [3]
    assert codes(text, "no-dtype-attribute", {"forbidden": ["bfloat16"]}) == []
