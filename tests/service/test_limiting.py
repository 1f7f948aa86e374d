import pytest

from modelwright.service import limiting
from modelwright.service.errors import TooManyError
from modelwright.service.limiting import RateLimiter


def test_a_bucket_for_each_name(monkeypatch):
    at = [0.0]
    monkeypatch.setattr(limiting.time, "monotonic", lambda: at[0])
    limiter = RateLimiter(2)
    limiter.take("a")
    limiter.take("a")
    with pytest.raises(TooManyError):
        limiter.take("a")
    limiter.take("b")
    at[0] = 31.0
    limiter.take("a")
    with pytest.raises(TooManyError):
        limiter.take("a")
