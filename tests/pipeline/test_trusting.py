from functools import partial

from modelwright.pipeline.run import run
from modelwright.pipeline.trusting import trusted_run


def test_trust_is_given_only_when_said():
    assert trusted_run(trust=False) is run
    found = trusted_run(trust=True)
    assert isinstance(found, partial)
    assert found.keywords["trust"].given
