import io
import time

from modelwright.cli import progress
from modelwright.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def _run(monkeypatch, stream, *, seconds):
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    monkeypatch.setenv("TERM", "xterm")
    shown = Progress()
    shown.begin("import")
    time.sleep(seconds)
    shown.end("import")
    return stream.getvalue()


def test_a_long_step_is_shown_on_a_terminal(monkeypatch):
    assert "reading and converting" in _run(monkeypatch, Terminal(), seconds=0.4)


def test_a_short_step_is_not(monkeypatch):
    assert _run(monkeypatch, Terminal(), seconds=0) == ""


def test_nothing_is_shown_elsewhere(monkeypatch):
    assert _run(monkeypatch, io.StringIO(), seconds=0.2) == ""
