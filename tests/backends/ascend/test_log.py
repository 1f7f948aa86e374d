import re

import pytest

from modelwright.backends.ascend.log import _table, failure, findings, known_code, succeeded
from modelwright.backends.ascend.settings import Tool
from modelwright.errors import ConversionError, ToolError, ToolMissingError, UnsupportedError, UsageError

HEAD = (
    "ATC start working now, please wait for a moment.\n...\n"
    "ATC run failed, Please check the detail log, Try 'atc --help' for more information\n"
)
OLD = HEAD + "E10007: [--framework] is required. The value must be [0(Caffe) or 1(MindSpore) or 3(TensorFlow)].\n"
NEW = HEAD + (
    "EC0010: [PID: 129520] 2025-07-08-10:25:28.680.962 Failed to import Python module [No module named 'decorator'.].\n"
    "        Solution: Check that all required components are properly installed\n"
    "        and the specified Python path matches.\n"
    "        TraceBack (most recent call last):\n"
    "        build graph failed, graph id:0, ret:-1[FUNC:BuildModel][FILE:ge_generator.cc][LINE:148]\n"
)
PARSER = HEAD + "E19010: No parser is registered for Op [conv/div node, optype [ai.onnx::23::Div]].\n"
KERNEL = HEAD + "EZ3003: No supported Ops kernel and engine are found for [MyOp_111], optype [MyOp].\n"
INNER = HEAD + (
    "E19999: Inner Error!\n        E19999: [PID: 7] 2023-04-14-14:43:17.1 build failed for op[relu_1]\n"
    "        TraceBack (most recent call last):\n"
)


def test_success_is_a_line_of_the_tool():
    assert succeeded(Tool.ATC, "ATC run success, welcome to the next use.\n")
    assert succeeded(Tool.OMG, "OMG generate offline model success.")
    assert not succeeded(Tool.ATC, "OMG generate offline model success.")
    assert not succeeded(Tool.ATC, HEAD)


@pytest.mark.parametrize(
    ("log", "kind", "message", "hint", "node"),
    [
        (OLD, UsageError, r"atc E10007: \[--framework\] is required", "correct that setting", ""),
        (NEW, ToolMissingError, "atc EC0010: Failed to import Python module", "matches", ""),
        (PARSER, UnsupportedError, "does not take 1 operator", "--opset 13", "conv/div node"),
        (KERNEL, UnsupportedError, "MyOp_111", "custom operator", "MyOp_111"),
        (INNER, ToolError, "atc E19999: build failed for op", "whole log", "relu_1"),
        (HEAD + "E10016: Opname [foo] specified in [--out_nodes] is not found.", UsageError, "foo", "out_nodes", "foo"),
        (HEAD + "E16002: The ONNX model data is wrong.", ConversionError, "E16002", "--opset 13", ""),
        (HEAD, ToolError, "says no reason", "log", ""),
    ],
)
def test_errors_in_our_words(log, kind, message, hint, node):
    error = failure(Tool.ATC, log, 1, {})
    assert type(error) is kind
    assert re.search(message, str(error))
    assert hint in error.hint
    assert error.node == node


def test_operators_are_named_as_the_source_does():
    error = failure(Tool.ATC, PARSER, 1, {"conv/div node": "MyLayer"})
    assert error.node == "MyLayer"
    assert error.nodes == (("ai.onnx::23::Div", "MyLayer"),)
    assert "MyLayer (ai.onnx::23::Div)" in str(error)


def test_a_reason_counts_more_than_an_inner_error():
    error = failure(Tool.ATC, INNER + "E10003: Value [x] is wrong.\n", 1, {})
    assert type(error) is UsageError
    assert "more in its log" in error.message


def test_findings_are_told_once_with_warnings():
    found = findings(KERNEL + KERNEL + "W11001: Op [a] does not hit\n", {"a": "layer a"})
    assert [(item.code, item.node, item.op_type) for item in found] == [
        ("EZ3003", "MyOp_111", "MyOp"),
        ("W11001", "layer a", ""),
    ]


def test_the_table_is_whole():
    kinds = {"arguments", "unsupported", "model", "file", "environment", "internal"}
    for code, known in _table().items():
        assert re.fullmatch(r"[EW][A-Z0-9]\d{4}", code)
        assert known.kind in kinds
        assert known.title
        assert known.remedy
    assert len(_table()) > 120
    assert known_code("E77777").kind == "internal"
