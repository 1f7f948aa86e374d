import io

from modelwright.cli.output import PLAIN_WIDTH, console, print_rich


def test_no_colour_and_no_filling_blanks_off_a_terminal(capsys):
    print_rich(lambda shown: shown.print("[red]a[/red]" + " " * 20))
    assert capsys.readouterr().out == "a\n"


def test_width(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert console().width == PLAIN_WIDTH
