import datetime as dt

import pytest

from modelwright.service.console import moments
from modelwright.service.console.strings import Texts, read_strings

EN, ZH = (Texts(read_strings(), language) for language in ("en", "zh"))
AT = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("moment", "english", "chinese"),
    [
        ("2026-11-26T11:59:30.000Z", "just now", "刚刚"),
        ("2026-11-26T12:00:30.000Z", "just now", "刚刚"),
        ("2026-11-26T11:57:00.000Z", "3 min ago", "3 分钟前"),
        ("2026-11-26T07:00:00.000Z", "5 h ago", "5 小时前"),
        ("2026-11-20T07:00:00.000Z", "6 d ago", "6 天前"),
    ],
)
def test_age(moment, english, chinese):
    assert moments.age(moment, EN, at=AT) == english
    assert moments.age(moment, ZH, at=AT) == chinese


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.0401, "40 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.7, "1 min 0 s"),
        (192, "3 min 12 s"),
        (3900, "1 h 5 min"),
    ],
)
def test_seconds(seconds, text):
    assert moments.seconds_text(seconds, EN) == text


def test_duration():
    assert moments.duration(None, None, EN) == ""
    assert moments.duration("2026-11-26T11:59:00.000Z", None, EN, at=AT) == "1 min 0 s"
    assert moments.duration("2026-11-26T11:59:00.000Z", "2026-11-26T11:59:02.400Z", EN, at=AT) == "2.4 s"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (930, "930 B"),
        (2400, "2.4 kB"),
        (999_600, "1.0 MB"),
        (131_000_000, "131 MB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_size(count, text):
    assert moments.size_text(count) == text


def test_moment():
    assert moments.moment_text("2026-11-26T11:59:02.400Z") == "2026-11-26 11:59:02 UTC"
