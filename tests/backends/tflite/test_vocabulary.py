from modelwright.backends.tflite.vocabulary import NUMBERS, OPTION_NUMBERS, OPTIONS


def test_every_operator_and_table_is_of_the_schema():
    assert set(OPTIONS) <= set(NUMBERS)
    assert set(OPTIONS.values()) <= set(OPTION_NUMBERS)
    assert NUMBERS["CONV_2D"] == 3
    assert OPTION_NUMBERS["Conv2DOptions"] == 1
