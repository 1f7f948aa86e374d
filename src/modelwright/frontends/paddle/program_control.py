"""Branches and loops of ProgramDesc as those of the PIR dialect.

ProgramDesc writes a branch as two ``conditional_block`` operators, one under the condition and one under its opposite,
and a ``select_input`` for each result. A loop is a ``while`` that writes variables of the block around it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from modelwright.errors import ModelFormatError
from modelwright.frontends.paddle.model import PaddleBlock, PaddleOperator

MAX_DEPTH: Final = 64
_CONDITIONAL: Final = ("conditional_block", "conditional_block_infer")


class ControlFlow:
    """Reads branches and loops; knows how deep it is.

    Args:
        path: The file, for messages.
        count: How many blocks there are.
        read: Reads a block by number.
    """

    def __init__(self, path: str, count: int, read: Callable[[int], PaddleBlock]) -> None:
        self.path = path
        self.count = count
        self.read = read
        self.open: list[int] = []

    def operator(
        self,
        op_type: str,
        slots: Mapping[str, Sequence[str]],
        made: Mapping[str, Sequence[str]],
        attributes: Mapping[str, Any],
    ) -> PaddleOperator | None:
        """A branch or loop, or None for any other operator."""
        if op_type in _CONDITIONAL:
            return self._branch(op_type, slots, made, self._body(attributes))
        if op_type == "while":
            return self._loop(slots, made, self._body(attributes))
        return None

    def _body(self, attributes: Mapping[str, Any]) -> PaddleBlock:
        number = attributes.get("sub_block")
        if not isinstance(number, int) or not 0 < number < self.count:
            raise ModelFormatError(f"{self.path}: a branch or loop has the body {number}, of {self.count} blocks")
        if number in self.open or len(self.open) >= MAX_DEPTH:
            raise ModelFormatError(
                f"{self.path}: block {number} is its own body, or blocks are nested deeper than {MAX_DEPTH}",
                hint="the file is damaged: export it again",
            )
        self.open.append(number)
        try:
            return self.read(number)
        finally:
            self.open.pop()

    def _branch(
        self, op_type: str, slots: Mapping[str, Sequence[str]], made: Mapping[str, Sequence[str]], body: PaddleBlock
    ) -> PaddleOperator:
        outputs = tuple(made.get("Out", ()))
        condition = tuple(slots.get("Cond", ()))
        if len(condition) != 1:
            raise ModelFormatError(f"{self.path}: a branch has {len(condition)} conditions")
        return PaddleOperator(
            op_type="conditional_block",
            source=op_type,
            name=outputs[0] if outputs else op_type,
            inputs=condition,
            outputs=outputs,
            blocks=(PaddleBlock(operators=body.operators, results=outputs),),
        )

    def _loop(
        self, slots: Mapping[str, Sequence[str]], made: Mapping[str, Sequence[str]], body: PaddleBlock
    ) -> PaddleOperator:
        condition = tuple(slots.get("Condition", ()))
        if len(condition) != 1:
            raise ModelFormatError(f"{self.path}: a while has {len(condition)} conditions")
        written = _written(body)
        known = {*slots.get("X", ()), *made.get("Out", ())}
        carried = tuple(name for name in dict.fromkeys(written) if name in known and name != condition[0])
        return PaddleOperator(
            op_type="while",
            source="while",
            name=carried[0] if carried else "while",
            inputs=(condition[0], *carried),
            outputs=carried,
            blocks=(PaddleBlock(operators=body.operators, arguments=carried, results=(condition[0], *carried)),),
        )

    def branches(self, operators: Sequence[PaddleOperator]) -> list[PaddleOperator]:
        """The operators with pairs of conditional blocks and their ``select_input`` taken together as ``if``."""
        makers = {
            name: index
            for index, item in enumerate(operators)
            if item.op_type == "conditional_block"
            for name in item.outputs
            if isinstance(name, str)
        }
        pairs: dict[tuple[int, int], list[PaddleOperator]] = {}
        for item in operators:
            sides = item.inputs[0] if item.op_type == "select_input" else None
            if isinstance(sides, tuple) and len(sides) == 2 and all(name in makers for name in sides):
                pairs.setdefault((makers[sides[0]], makers[sides[1]]), []).append(item)
        gone = {index for pair in pairs for index in pair}
        merged = {id(items[0]): _joined(operators, pair, items) for pair, items in pairs.items()}
        selected = {id(item) for items in pairs.values() for item in items}
        result: list[PaddleOperator] = []
        for index, item in enumerate(operators):
            if id(item) in merged:
                result.append(merged[id(item)])
            elif index not in gone and id(item) not in selected:
                result.append(item)
        return result


def _joined(
    operators: Sequence[PaddleOperator], pair: tuple[int, int], selects: Sequence[PaddleOperator]
) -> PaddleOperator:
    """One ``if`` for two conditional blocks; a ``select_input`` takes its second tensor where the mask is true."""
    otherwise, then = operators[pair[0]], operators[pair[1]]
    sides = [item.inputs[0] for item in selects]
    outputs = tuple(item.outputs[0] for item in selects)
    return PaddleOperator(
        op_type="if",
        source="conditional_block",
        name=selects[0].name,
        inputs=then.inputs,
        outputs=outputs,
        blocks=tuple(
            PaddleBlock(
                operators=branch.blocks[0].operators,
                results=tuple(side[index] for side in sides if isinstance(side, tuple)),
            )
            for index, branch in ((1, then), (0, otherwise))
        ),
    )


def _written(block: PaddleBlock) -> list[str]:
    """Names that a block's operators write, in order."""
    return [
        name
        for item in block.operators
        for output in item.outputs
        for name in (output if isinstance(output, tuple) else (output,))
        if name is not None
    ]
