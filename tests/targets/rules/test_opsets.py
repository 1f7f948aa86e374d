import pytest

RELU = "g (float[2] x) => (float[2] y) { y = Relu(x) }"


@pytest.mark.parametrize(("opset", "expected"), [(7, [7]), (8, []), (18, []), (19, [7])])
def test_the_range_includes_its_ends(codes, opset, expected):
    assert codes(RELU, "opset-range", {"lowest": 8, "highest": 18}, opset=f'"" : {opset}') == expected


def test_without_an_upper_end(codes):
    assert codes(RELU, "opset-range", {"lowest": 7}, opset='"" : 22') == []
    assert codes(RELU, "opset-range", {"lowest": 7}, opset='"" : 6') == [7]


def test_the_remedy_is_the_nearest_opset(make_facts):
    from modelwright.targets.rules.opsets import opset_range

    newer, older = make_facts(RELU, opset='"" : 20'), make_facts(RELU, opset='"" : 6')
    assert "--opset 18" in next(opset_range(newer, lowest=8, highest=18)).remedy
    assert "--opset 8" in next(opset_range(older, lowest=8, highest=18)).remedy
