"""What to do next."""

from __future__ import annotations

import dataclasses

from modelwright.diagnostics import Level
from modelwright.quantize.doctor.finding import Finding, Fix
from modelwright.quantize.report.advice import advice
from modelwright.quantize.report.found import Error, Kind
from modelwright.quantize.settings import QuantizeSettings

COMMAND = "modelwright quantize m.onnx --data d -o o.onnx"


def _finding(fix: Fix | None) -> Finding:
    return Finding(
        code="MW-Q107", level=Level.WARNING, message="copies", evidence=(), explanation="so", remedy="do", fix=fix
    )


def test_nothing_is_advised_where_all_is_well(report) -> None:
    assert advice(report.tensors, (), QuantizeSettings(), command=COMMAND) == ()


def test_fixes_come_first(report) -> None:
    found = advice(report.tensors, (_finding(None), _finding(Fix(what="drops"))), QuantizeSettings(), command=COMMAND)
    assert [item.command for item in found] == [f"{COMMAND} --fix", ""]
    assert "drops" in found[0].text
    assert found[1].text == "copies: do."


def test_bad_outputs_lead_to_the_layers_that_add_most(report) -> None:
    bad = Error(snr=0.2, mse=1.0, cosine=0.9)
    rows = [dataclasses.replace(row, error=bad) if row.kind is Kind.OUTPUT else row for row in report.tensors]
    flags = {"min_cosine", "finetune_level"}
    found = advice(rows, (), QuantizeSettings(finetune=1), command=COMMAND, flags=flags)
    assert [item.command.removeprefix(COMMAND).split()[0] for item in found] == [
        "--min_cosine",
        "--finetune_level",
        "--ignore_op_names",
    ]
    worst = max((row for row in rows if row.op_type != "Input"), key=lambda row: row.alone.snr if row.alone else 0)
    assert worst.op in found[-1].command
    done = QuantizeSettings(finetune=3, min_cosine=0.99)
    assert len(advice(rows, (), done, command=COMMAND, flags=flags)) == 1
    assert len(advice(rows, (), QuantizeSettings(), command=COMMAND)) == 1
    assert all(not item.command for item in advice(rows, (), QuantizeSettings(), command=""))
