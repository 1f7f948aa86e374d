import io

from modelwright.cli.error_view import show_error
from modelwright.errors import UnsupportedError


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_code_items_and_hint(capsys):
    show_error(UnsupportedError("no way:", items=["A (1 node): a", "B"], hint="do this"))
    assert capsys.readouterr().err == "error MW-U201: no way:\n  - A (1 node): a\n  - B\n  hint: do this\n"


def test_colour_only_where_it_is_wanted(monkeypatch):
    for no_color, coloured in (("", True), ("1", False)):
        stream = Terminal()
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("NO_COLOR", no_color)
        monkeypatch.setenv("TERM", "xterm")
        show_error(UnsupportedError("x"))
        assert ("\x1b" in stream.getvalue()) == coloured
