from modelwright.backends.tensorrt.fused_graph import read_graph


def test_text_that_is_no_graph_tells_nothing():
    found = read_graph('inputs={ "x\nmain {\n', ["x"])
    assert (found.inputs, found.outputs, found.kernels) == ((), (), {})


def test_names_with_dots_and_several_dtypes():
    text = (
        'header {\n  inputs={ "a.b.1" "t.1" }\n  outputs={ "o.12" }\n'
        '  tensor={ dims={ 2 } name="a.b.1" type=fp8_e4m3 }\n  tensor={ dims={ } name="t.1" type=int64 }\n'
        '  tensor={ dims={ 3 } name="o.12" type=bf16 }\n'
    )
    found = read_graph(text, ["t", "a.b", "o"])
    assert [str(spec) for spec in (*found.inputs, *found.outputs)] == [
        "t: int64[]",
        "a.b: float8e4m3fn[2]",
        "o: bfloat16[3]",
    ]
