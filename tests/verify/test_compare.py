import numpy as np

from modelwright.verify.compare import compare, describe_failures


def test_outputs_keep_the_artifacts_order_and_say_how_far_off():
    actual = {"b": np.float32([1, 2]), "a": np.float32([[1.0]]), "c": np.int64([3])}
    expected = {"a": np.float32([1.0]), "b": np.float32([1, 2.5]), "c": np.int64([3])}
    comparisons = compare(actual, expected, rtol=1e-4, atol=1e-6)
    assert [(item.name, item.passed) for item in comparisons] == [("b", False), ("a", False), ("c", True)]
    text = describe_failures(comparisons, expected, rtol=1e-4, atol=1e-6)
    assert "b: 1 of 2 elements are off, by up to 0.5 (0.2 of" in text
    assert "a: shape [1, 1] instead of [1]" in text
    assert "rtol 0.0001" in text


def test_nothing_to_describe_when_all_passed():
    same = {"y": np.float32([1])}
    assert describe_failures(compare(same, same, rtol=0, atol=0), same, rtol=0, atol=0) == ""


def test_half_precision_is_not_asked_for_more_than_it_holds():
    expected = {"y": np.float16([1.0])}
    actual = {"y": np.nextafter(np.float16([1.0]), np.float16(2))}
    assert compare(actual, expected, rtol=1e-6, atol=0)[0].passed
