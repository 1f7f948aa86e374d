import io
import math

from rich.console import Console

from modelwright.cli.layers_view import layers_line, layers_table
from modelwright.diagnostics import LayerComparison, LayerComparisons


def row(name, max_rel=1e-7, *, passed=True):
    return LayerComparison(
        name=name,
        source=name,
        layer=f"layer/{name}",
        op_type="Conv",
        shape=(1, 4),
        max_abs=max_rel * 2,
        max_rel=max_rel,
        cosine=None if math.isinf(max_rel) else 0.5,
        passed=passed,
    )


def shown(tensors, **options):
    console = Console(file=io.StringIO(), width=120)
    console.print(layers_table(tensors, **options))
    return console.file.getvalue()


def test_a_line_says_what_came_out():
    good = LayerComparisons(tensors=(row("a"), row("b", 2e-6)))
    assert layers_line(good) == (
        "2 tensors inside compared; all within the tolerance; the largest error is 2.0e-06 of its scale, at layer/b"
    )
    bad = LayerComparisons(tensors=(row("a", math.inf, passed=False), row("b")), first="layer/a", model="its model")
    text = layers_line(bad)
    assert "2 tensors inside of its model compared; 1 beyond the tolerance" in text
    assert "the largest error is inf of its scale, at layer/a; the first that is wrong is layer/a" in text
    assert layers_line(LayerComparisons(reason="nothing reads it")) == "not compared: nothing reads it"


def test_of_many_the_worst_in_the_order_of_the_graph():
    rows = [row(f"t{place:02}", 1e-7 * (place % 10 + 1)) for place in range(20)]
    text = shown([*rows, row("odd", math.nan, passed=False)], verbose=0)
    assert [line.split()[0] for line in text.splitlines() if "layer/" in line] == [
        *(f"layer/t{place:02}" for place in (6, 7, 8, 9, 17, 18, 19)),
        "layer/odd",
    ]
    assert "the worst 8 of 21; -v shows all" in text
    assert shown(rows, verbose=1).count("layer/") == 20
