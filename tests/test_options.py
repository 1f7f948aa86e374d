from modelwright.options import Option, OptionKind


def test_an_option_is_spelled_by_its_name_unless_it_says_otherwise():
    assert Option(name="a_b", kind=OptionKind.FLAG, help="").spellings == ("--a_b",)
    assert Option(name="a", kind=OptionKind.TEXT, help="", flags=("--b", "-b")).spellings == ("--b", "-b")
