from modelwright.targets.causes import Cause, Code, Evidence
from modelwright.targets.report import CheckReport, NodeVerdict, TargetReport

OK = Cause(code=Code.OK, message="listed", evidence=Evidence.TABLE)
BAD = Cause(code=Code.TYPE_UNSUPPORTED, message="not listed", remedy="cut", evidence=Evidence.TABLE)
WARN = Cause(code=Code.NOT_ACCELERATED, message="slow", remedy="wait")


def verdict(name, *causes):
    return NodeVerdict(name=name, type="Relu", causes=causes, evidence=causes[0].evidence)


def target(*nodes, causes=()):
    return TargetReport(model="m.onnx", target="chip", label="Chip", evidence=("by table",), causes=causes, nodes=nodes)


def test_the_precheck_shape():
    data = target(verdict("a", OK), verdict("b", BAD, WARN), verdict("c", WARN)).data()
    assert {key: data[key] for key in ("name", "result", "total", "pass", "fail")} == {
        "name": "m.onnx",
        "result": "failed",
        "total": 3,
        "pass": 2,
        "fail": 1,
    }
    assert [op["name"] for op in data["op"]] == ["a", "b", "c"]
    assert [op["result"] for op in data["op"]] == ["success", "failed", "success"]
    assert data["op"][0]["cause"] == [{"code": 0, "message": "listed", "evidence": "table"}]
    assert data["op"][1]["cause"][0] == {"code": 1, "message": "not listed", "remedy": "cut", "evidence": "table"}


def test_warnings_do_not_fail():
    report = target(verdict("a", WARN))
    assert report.passed
    assert report.warned_nodes
    assert not report.failed_nodes
    assert report.data()["result"] == "success"


def test_the_model_as_a_whole_can_fail():
    report = target(verdict("a", OK), causes=(Cause(code=Code.OPSET, message="old", remedy="pin"),))
    assert not report.passed
    assert report.data()["result"] == "failed"
    assert report.data()["fail"] == 0


def test_remedies_by_frequency():
    other = Cause(code=Code.DTYPE, message="double", remedy="cast")
    report = target(verdict("a", other), verdict("b", BAD), verdict("c", BAD, WARN))
    assert report.remedies() == (("cut", 2), ("cast", 1))


def test_several_targets_are_a_list():
    one, two = target(verdict("a", OK)), target(verdict("a", BAD))
    assert isinstance(CheckReport(model="m", format="ONNX model", targets=(one,)).data(), dict)
    both = CheckReport(model="m", format="ONNX model", targets=(one, two))
    assert [item["result"] for item in both.data()] == ["success", "failed"]
    assert not both.passed
