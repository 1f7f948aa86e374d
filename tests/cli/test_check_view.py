import io

from rich.console import Console

from modelwright.cli.check_view import show_check
from modelwright.targets.causes import Cause, Code, Evidence
from modelwright.targets.report import CheckReport, NodeVerdict, TargetReport

OK = Cause(code=Code.OK, message="listed", evidence=Evidence.TABLE)
BAD = Cause(
    code=Code.TYPE_UNSUPPORTED, message="not listed", remedy="`cut it " + "x" * 200 + "`", evidence=Evidence.TABLE
)
WARN = Cause(code=Code.NOT_ACCELERATED, message="slow", remedy="wait")


def shown(*nodes, causes=(), verbose=0):
    target = TargetReport(model="m", target="chip", label="Chip", evidence=("by table",), causes=causes, nodes=nodes)
    stream = io.StringIO()
    show_check(
        CheckReport(model="m.onnx", format="ONNX model", targets=(target,)),
        Console(file=stream, width=80, no_color=True, highlight=False),
        verbose=verbose,
    )
    return stream.getvalue()


def node(name, *causes, kind="Relu"):
    return NodeVerdict(name=name, type=kind, causes=causes, evidence=causes[0].evidence)


def test_only_what_has_something_to_say():
    text = shown(node("fine", OK), node("slow", WARN), node("bad", BAD))
    assert "fine" not in text
    assert text.index("warns   2. slow") < text.index("fails   3. bad")
    assert "first failing node: bad (Relu): not listed" in text
    assert "failed  chip: 2 of 3 nodes pass, 1 of them with a warning" in text


def test_all_when_asked():
    assert "passes  1. fine  Relu" in shown(node("fine", OK), verbose=1)


def test_commands_are_not_broken():
    assert BAD.remedy in shown(node("bad", BAD))


def test_equal_causes_are_one_item():
    text = shown(*(node(f"n{index}", BAD) for index in range(1, 8)))
    assert "fails   1. n1, 2. n2 and 5 more  Relu" in text
    assert "helps 7 times" in text


def test_many_items_are_cut_and_warnings_wait():
    many = [node(f"n{index}", Cause(code=Code.DTYPE, message=f"m{index}", remedy="cast")) for index in range(30)]
    text = shown(*many, node("slow", WARN))
    assert "and 10 nodes more, shown by -v" in text
    assert "slow" not in text.partition("failed")[0]


def test_beside_errors_warnings_of_a_node_are_left_out():
    assert "slow" not in shown(node("bad", BAD, WARN))
    assert "slow" in shown(node("bad", BAD, WARN), verbose=1)


def test_the_model_as_a_whole():
    text = shown(node("fine", OK), causes=(Cause(code=Code.OPSET, message="too old", remedy="pin"),))
    assert "fails   the model as a whole" in text
    assert "1 fault of the model as a whole" in text


def test_markup_in_names_is_text():
    assert "[bold]a[/bold]" in shown(node("[bold]a[/bold]", BAD))


def test_a_model_without_nodes():
    assert "success  chip: 0 of 0 nodes pass" in shown()
