"""What to do about a node: commands of modelwright where there is one, else the target's own ways."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

import onnx_ir as ir

from modelwright.formats import Dim
from modelwright.targets.facts import ModelFacts, NodeFacts, is_weight
from modelwright.targets.profile import Ways

ONNX = "onnx"

CORRECT_IT = "correct it where the model is made; `modelwright convert onnx --checker` holds it against the standard"


def command(facts: ModelFacts, suffix: str, *flags: str) -> str:
    """A conversion of the model with ``flags``, writing ``<stem>.<suffix>.onnx``."""
    arguments = " ".join(shlex.quote(flag) for flag in flags)
    output = shlex.quote(f"{facts.stem}.{suffix}.onnx")
    source = shlex.quote(facts.path)
    if facts.source == ONNX:
        return f"`modelwright convert onnx --input {source} --output {output} {arguments}`"
    return f"`modelwright convert auto {source} --output {output} {arguments}`"


def pin_opset(facts: ModelFacts, version: int) -> str:
    """Writing another opset."""
    return f"pin the opset: {command(facts, f'opset{version}', '--opset', str(version))}"


def lower_ir_version(facts: ModelFacts) -> str:
    """Writing the same opset, in the IR version that belongs to it."""
    return f"write it in its opset's own IR version: {command(facts, 'ir', '--opset', str(facts.opset))}"


def make_static(facts: ModelFacts, open_inputs: Iterable[tuple[str, tuple[Dim, ...]]]) -> str:
    """Fixing sizes: by name where dimensions have names, else by giving whole shapes."""
    inputs = list(open_inputs)
    names = list(dict.fromkeys(dim for _, shape in inputs for dim in shape if isinstance(dim, str)))
    if facts.source == ONNX and names and not any(dim is None for _, shape in inputs for dim in shape):
        return f"make the shapes static: {command(facts, 'static', '-f', *(f'{name}:1' for name in names))}"
    shapes = ",".join(
        f"{name}[{','.join(str(d) if isinstance(d, int) else '1' for d in shape)}]" for name, shape in inputs
    )
    return f"make the shapes static: {command(facts, 'static', '--inputs', shapes)} (with your sizes)"


def cut(facts: ModelFacts, node: NodeFacts, ways: Ways) -> str:
    """Leaving the node out: cut before it and finish on the CPU, or begin behind it; empty inside a body."""
    if node.inner:
        return ""
    sources = [value for value in node.node.inputs if value is not None and not is_weight(value)]
    behind = [value for value in node.node.outputs if value.name]
    onnx_file = facts.path if facts.source == ONNX else f"{facts.stem}.onnx"
    target = shlex.quote(f"{facts.stem}.part.onnx")
    start = f"`modelwright convert onnx --input {shlex.quote(onnx_file)} --output {target}"
    if all(value.is_graph_input() for value in sources):
        if not behind or all(value.is_graph_output() for value in behind):
            return ""
        return f"compute it on the CPU first and begin behind it: {start} --inputs {_names(behind)}`"
    way = ways.cut.replace("{tensors}", ";".join(_names([value]) for value in sources))
    return f"cut before it and finish on the CPU: {start} --outputs {_names(sources)}`{f' ({way})' if way else ''}"


def without(facts: ModelFacts, node: NodeFacts, ways: Ways) -> str:
    """All ways round an operator that the target lacks."""
    options = [cut(facts, node, ways), "rebuild it from supported operators", ways.custom]
    return "; or ".join(option for option in options if option)


def _names(values: Iterable[ir.Value]) -> str:
    return shlex.quote(",".join(dict.fromkeys(value.name or "" for value in values)))
