import pytest

from modelwright.errors import UsageError
from modelwright.service.engine.endings import death, failed, known, log_text
from modelwright.service.engine.process import Ended, Limits

LIMITS = Limits(memory=3 << 20, cpu_seconds=1, wall_seconds=2.5)


def test_errors_as_data():
    assert failed(UsageError("m", hint="h")) == {
        "result": "failed",
        "error": {"code": "MW-U001", "message": "m", "hint": "h", "node": "", "items": []},
    }
    assert known(OSError(28, "full"), "file:///o").message == "file:///o: full"


@pytest.mark.parametrize(
    ("reason", "code", "text"),
    [("time", 0, "longer than 2.5 s"), ("memory", -9, "more than 3 MiB"), ("", 1, "a fault: last"), ("", -11, "-11")],
)
def test_deaths(reason, code, text):
    error = death(Ended(answer=None, code=code, reason=reason, said="first\nlast"), LIMITS)
    assert text.replace("a fault", "itself") in error.message


def test_lines():
    assert log_text({"time": "T", "level": "info", "stage": "end", "message": "m"}) == "T info    end      m\n"
