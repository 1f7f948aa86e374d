from modelwright.backends.ascend.borders import input_dtypes, output_dtypes


def test_inputs():
    assert input_dtypes({"input_fp16_nodes": "a;b:0"}) == {"a": "float16", "b:0": "float16"}
    assert input_dtypes({}) == {}


def test_outputs():
    assert output_dtypes({"output_type": "FP16"}) == {"": "float16"}
    assert output_dtypes({"output_type": "a:0:UINT8;b:FP32"}) == {"a:0": "uint8", "b": "float32"}
    assert output_dtypes({}) == {}
