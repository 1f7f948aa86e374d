from modelwright.targets.causes import Cause, Code, Evidence


def test_numbers_of_the_precheck_keep_their_meaning():
    assert [Code.OK, Code.TYPE_UNSUPPORTED, Code.PARAMETER_INVALID, Code.TYPE_AMBIGUOUS, Code.NAME_REPEATED] == [
        0,
        1,
        2,
        8,
        9,
    ]


def test_errors_and_warnings():
    assert not Code.OK.fails
    assert all(code.fails for code in Code if 1 <= code <= 99)
    assert not any(code.fails for code in Code if code >= 100)
    assert all(code <= 199 for code in Code)


def test_a_cause_says_how_it_is_known():
    assert Cause(code=Code.OK, message="m").evidence is Evidence.RULE
