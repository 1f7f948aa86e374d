"""Converts models of the backend tests to other opsets and judges the results; a JSON job a line, an answer a line.

A job is ``{"case": NAME, "tool": "ours" | "onnx", "targets": [9, ...]}``. The answer holds, for each target, the
verdict there and the verdict after coming back: ``right``, ``wrong``, ``refused`` or ``unrunnable``, with a reason.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import onnx.version_converter
from opset_cases import Case, able, cases, judge

_MEMORY = Path("/dev/shm")  # noqa: S108  files of one conversion, thousands of times
"""Where files cost nothing, if the system has it."""


class RefusedError(Exception):
    """The tool says that it cannot."""


def ours(model: onnx.ModelProto, target: int) -> onnx.ModelProto:
    """By modelwright."""
    from modelwright.errors import UserError
    from modelwright.hub import checker, io
    from modelwright.passes.opset.change import change_opset

    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(model.SerializeToString())
        try:
            hub = io.load(path)
            change_opset(hub, target)
        except UserError as error:
            raise RefusedError(str(error)) from error
        checker.check(hub)
        io.save(hub, path)
        return onnx.load(path)


def theirs(model: onnx.ModelProto, target: int) -> onnx.ModelProto:
    """By onnx's own converter."""
    try:
        result = onnx.version_converter.convert_version(model, target)
    except Exception as error:  # it raises many kinds
        raise RefusedError(f"{type(error).__name__}: {error}") from error
    versions = [onnx.helper.make_opsetid("", target)]
    result.ir_version = max(model.ir_version if target >= 26 else 4, onnx.helper.find_min_ir_version_for(versions))
    return result


TOOLS: dict[str, Callable[[onnx.ModelProto, int], onnx.ModelProto]] = {"ours": ours, "onnx": theirs}


def verdicts(case: Case, tool: str, target: int, judges: dict[str, str]) -> list[list[str]]:
    """The verdict at the target, then after the way back."""
    convert = TOOLS[tool]
    found: list[list[str]] = []
    model = case.model
    for opset in (target, case.opset):
        try:
            model = convert(model, opset)
        except RefusedError as error:
            return [*found, ["refused", str(error)[:400]]]
        except Exception as error:  # noqa: BLE001  any other error is a fault of the tool
            return [*found, ["wrong", f"{type(error).__name__}: {error}"[:400]]]
        found.append(list(judge(case, model, judges)))
        if found[-1][0] == "wrong":
            return found
    return found


def main() -> None:
    """Answers jobs until there are no more."""
    for line in sys.stdin:
        job: dict[str, Any] = json.loads(line)
        case = cases()[job["case"]]
        judges = able(case)
        answers = {
            str(target): verdicts(case, job["tool"], target, judges) if judges else [["unrunnable", ""]]
            for target in job["targets"]
        }
        print(json.dumps({"opset": case.opset, "judges": judges, "verdicts": answers}), flush=True)


if __name__ == "__main__":
    main()
