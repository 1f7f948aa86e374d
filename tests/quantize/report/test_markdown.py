"""The report as Markdown."""

from __future__ import annotations

from modelwright.quantize.report.found import Histogram
from modelwright.quantize.report.markdown import report_markdown, spark


def test_columns_order_and_marks(report) -> None:
    text = report_markdown(report)
    lines = text.splitlines()
    head = lines.index("| | Op | Var | SNR | MSE | Cosine | Q.MinMax | F.MinMax | F.Hist |")
    rows = [line.split(" | ") for line in lines[head + 2 : head + 2 + len(report.tensors)]]
    assert [row[2].strip() for row in rows] == [row.var for row in report.ranked()]
    snrs = [float(row[3]) for row in rows]
    assert snrs == sorted(snrs, reverse=True)
    assert sum(row[0].strip("| ") == "**!**" for row in rows) == sum(row.error.bad for row in report.tensors)
    assert all(len(row) == 9 for row in rows)


def test_everything_else_is_there_and_bars_are_escaped(report) -> None:
    text = report_markdown(report)
    for part in ("soft\\|max", "MW-Q106", "3 \\| 4", "give more", "modelwright quantize 'a b.onnx' && true"):
        assert part in text
    assert text == report_markdown(report)


def test_sparks() -> None:
    assert spark(Histogram(low=0, high=1, counts=(0,) * 48)) == ""
    line = spark(Histogram(low=0, high=1, counts=(1000,) + (0,) * 46 + (1,)))
    assert len(line) == 16
    assert line[0] == "█"
    assert line[1] == "▁"
    assert line[-1] in "▂▃"
