from modelwright.backends.ascend.om.dtypes import GRAPH_DTYPES, RUNTIME_DTYPES, dtype_name
from modelwright.schemas.pool import load_schema


def test_the_graph_s_numbers_are_those_of_the_schema():
    names = {"DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_BF16": "bfloat16"}
    for name, number in load_schema("ascend").enum("DataType").items():
        if number:
            assert GRAPH_DTYPES[number] == names.get(name, name.removeprefix("DT_").lower())


def test_both_numberings_name_the_same_types():
    assert set(GRAPH_DTYPES.values()) == set(RUNTIME_DTYPES.values())
    assert dtype_name(200, GRAPH_DTYPES) == "type 200"
