"""Reads PIR programs: the JSON that Paddle 3 writes.

A program has one region with one block. An operator has a name with its dialect's number (``1.conv2d``), attributes
``A``, operands ``I`` by number (0: left out) and results ``O``. Weights are operators ``p``, fed tensors ``data``,
fetched ones ``fetch``. ``combine`` makes a list of tensors, ``split`` and ``slice`` take from one; they leave no
operator behind here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.paddle.damage import damage
from modelwright.frontends.paddle.model import (
    Operand,
    PaddleBlock,
    PaddleOperator,
    PaddleProgram,
    PaddleTensor,
    Port,
    Result,
)
from modelwright.frontends.paddle.pir_attributes import attribute_value, described_tensor, vector_length

MAX_DEPTH: Final = 64
_MEANINGLESS: Final = frozenset({"struct_name", "op_callstack", "place", "sym_shape_str", "op_role", "op_namescope"})
_NO_EFFECT: Final = frozenset({"shadow_output", "set_parameter", "assert", "print_args", "share_var", "yield"})
_DIALECTS: Final = {"0": "builtin", "1": "pd_op", "2": "cf", "3": "custom_op"}


def read_pir(path: Path) -> PaddleProgram:
    """Reads a PIR program.

    Args:
        path: The ``.json`` file.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is not such a program, or damaged.
    """
    document = _document(path)
    reader = _Reader(str(path))
    regions = document["program"].get("regions")
    if not isinstance(regions, list) or not regions:
        raise ModelFormatError(f"{path}: holds no program")
    with damage(str(path)):
        block = reader.block(_only_block(regions[0], str(path)), 0)
    if not reader.outputs:
        raise ModelFormatError(f"{path}: the program has no output", hint="save it with paddle.jit.save")
    return PaddleProgram(
        path=str(path),
        version=str(document["base_code"].get("version", "")),
        block=block,
        inputs=tuple(reader.inputs),
        outputs=tuple(port for _, port in sorted(reader.outputs, key=lambda item: item[0])),
        tensors=reader.tensors,
        parameters=tuple(sorted(reader.parameters)),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise ModelNotFoundError(f"{path}: cannot be read ({error.strerror})", hint="check the path") from error
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ModelFormatError(f"{path}: not valid JSON: {reason}", hint="copy or export the model again") from None
    base = found.get("base_code") if isinstance(found, dict) else None
    if not isinstance(base, dict) or base.get("magic") != "pir" or not isinstance(found.get("program"), dict):
        raise ModelFormatError(f"{path}: not a Paddle program: it lacks base_code.magic 'pir' or the program")
    return found


def _only_block(region: Any, where: str) -> Any:
    blocks = region.get("blocks") if isinstance(region, dict) else None
    if not isinstance(blocks, list) or len(blocks) != 1 or not isinstance(blocks[0], dict):
        raise ModelFormatError(f"{where}: a region has not exactly one block", hint="the file is damaged")
    return blocks[0]


class _Reader:
    """One run of ``read_pir``."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.names: dict[int, Operand] = {0: None}
        self.inputs: list[Port] = []
        self.outputs: list[tuple[int, Port]] = []
        self.tensors: dict[str, PaddleTensor] = {}
        self.parameters: list[str] = []

    def block(self, block: Any, depth: int) -> PaddleBlock:
        if depth > MAX_DEPTH:
            raise ModelFormatError(f"{self.path}: branches and loops nested deeper than {MAX_DEPTH}")
        arguments = [self.argument(item) for item in [*block.get("args", ()), *block.get("kwargs", {}).values()]]
        operators: list[PaddleOperator] = []
        results: tuple[Operand, ...] = ()
        for entry in block.get("ops", ()):
            try:
                if str(entry.get("#", "")).rpartition(".")[2] == "yield":
                    results = self.operands(entry)
                    continue
                found = self.operator(entry, depth)
            except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
                raise ModelFormatError(
                    f"{self.path}: operator {_label(entry)} is damaged ({type(error).__name__}: {error})",
                    hint="copy or export the model again",
                ) from error
            if found is not None:
                operators.append(found)
        return PaddleBlock(operators=tuple(operators), arguments=tuple(arguments), results=results)

    def argument(self, entry: Any) -> str:
        number = int(entry["#"])
        name = f"argument_{abs(number)}"
        self.names[number] = name
        self.tensors[name] = described_tensor(name, entry.get("TT"), self.path)
        return name

    def operands(self, entry: Any) -> tuple[Operand, ...]:
        return tuple(self.operand(int(item["%"])) for item in entry.get("I", ()))

    def operand(self, number: int) -> Operand:
        if number not in self.names:
            raise ModelFormatError(
                f"{self.path}: the value {number} is used before any operator makes it",
                hint="the program is cyclic or damaged: export it again",
            )
        return self.names[number]

    def operator(self, entry: Any, depth: int) -> PaddleOperator | None:
        dialect, _, kind = str(entry["#"]).rpartition(".")
        if kind == "p" or kind == "parameter":
            return self.parameter(entry)
        if _DIALECTS.get(dialect, dialect) == "builtin" and self.list_operator(kind, entry):
            return None
        if kind in _NO_EFFECT:
            return None
        attributes = {
            str(item["N"]): attribute_value(item["AT"], f"{self.path}: {_label(entry)}")
            for item in entry.get("A", ())
            if item["N"] not in _MEANINGLESS
        }
        if kind in ("data", "feed"):
            return self.feed(entry, str(attributes["name"]))
        if kind == "fetch":
            self.fetch(entry, attributes)
            return None
        return self.plain(kind, entry, attributes, depth)

    def plain(self, kind: str, entry: Any, attributes: dict[str, Any], depth: int) -> PaddleOperator:
        inputs = self.operands(entry)
        blocks = tuple(
            self.block(_only_block(region, self.path), depth + 1)
            for region in entry.get("regions", ())
            if region.get("blocks")
        )
        outputs = tuple(self.result(kind, item) for item in entry.get("O", ()))
        first = next((item for item in outputs if item is not None), kind)
        return PaddleOperator(
            op_type=kind.rstrip("_"),
            source=f"pd_op.{kind}",
            name=first if isinstance(first, str) else next(iter(first), kind).rpartition(".")[0],
            inputs=inputs,
            outputs=outputs,
            attributes=attributes,
            blocks=blocks,
        )

    def result(self, kind: str, entry: Any) -> Result:
        number = int(entry["%"])
        name, said = f"{kind.rstrip('_')}_{number}", entry.get("TT")
        length = vector_length(said)
        if length is None:
            self.names[number] = name
            self.tensors[name] = described_tensor(name, said, self.path)
            return name
        parts = tuple(f"{name}.{index}" for index in range(length))
        self.names[number] = parts
        for part, item in zip(parts, said["D"], strict=True):
            self.tensors[part] = described_tensor(part, item, self.path)
        return parts

    def parameter(self, entry: Any) -> None:
        name = str(entry["A"][-1])
        result = entry["O"][0] if isinstance(entry["O"], list) else entry["O"]
        stored = bool((entry.get("OA") or [1])[0])
        self.names[int(result["%"])] = name if stored else None
        self.tensors[name] = described_tensor(name, result.get("TT"), self.path)
        if stored:
            self.parameters.append(name)

    def list_operator(self, kind: str, entry: Any) -> bool:
        """Takes lists of tensors together or apart; says whether ``kind`` does that."""
        if kind == "combine":
            self.names[int(entry["O"][0]["%"])] = tuple(str(item) for item in self.operands(entry))
            return True
        if kind not in ("split", "slice"):
            return False
        parts = self.operands(entry)[0]
        if not isinstance(parts, tuple):
            raise ModelFormatError(f"{self.path}: {_label(entry)} takes apart what is no list")
        if kind == "slice":
            index = next(item["AT"]["D"] for item in entry["A"] if item["N"] == "index")
            self.names[int(entry["O"][0]["%"])] = parts[int(index)]
            return True
        for item, part in zip(entry["O"], parts, strict=True):
            self.names[int(item["%"])] = part
        return True

    def feed(self, entry: Any, name: str) -> None:
        result = entry["O"][0]
        self.names[int(result["%"])] = name
        self.tensors[name] = described_tensor(name, result.get("TT"), self.path)
        self.inputs.append(Port(name=name, tensor=name))

    def fetch(self, entry: Any, attributes: dict[str, Any]) -> None:
        tensor = self.operands(entry)[0]
        if not isinstance(tensor, str):
            raise ModelFormatError(f"{self.path}: what is fetched is no tensor")
        port = Port(name=str(attributes.get("name") or tensor), tensor=tensor)
        self.outputs.append((int(attributes.get("col") or 0), port))


def _label(entry: Any) -> str:
    """An operator in a message: its kind and the number of its first result."""
    if not isinstance(entry, dict):
        return repr(entry)[:40]
    results = entry.get("O")
    number = results[0].get("%") if isinstance(results, list) and results and isinstance(results[0], dict) else "?"
    return f"{entry.get('#')} (%{number})"
