"""Functions of a MindIR: graphs that are called, closed over what they use of the graphs around them.

A function's values come in as arguments alone, weights too, as MindSpore's own exports have it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.emitter import Argument, Emitter, Kind, Term
from modelwright.formats import Dim


class Function(Emitter):
    """Collects a function.

    Attributes:
        arguments: The function's own names of its arguments, by number.
    """

    def __init__(self, around: Emitter, purpose: str) -> None:
        """Begins a function.

        Args:
            around: The graph that it is made in; all functions of a model lie side by side.
            purpose: A word for the function's name.
        """
        super().__init__(around.shapes, name=f"{around.graph.name}_{len(around.functions)}_{purpose}")
        self._around = around
        self.weights, self.functions, self.primitives = around.weights, around.functions, around.primitives
        self.kinds, self.walk, self.origin = around.kinds, around.walk, around.origin
        self.arguments: list[Term] = []
        self._captured: dict[str, Term] = {}
        self.functions.append(self.graph)

    @property
    def captured(self) -> tuple[Term, ...]:
        """What it takes of the graph around it, in the order of its arguments behind those that were declared."""
        return tuple(map(Term, self._captured))

    def input(self, value: ir.Value) -> None:
        """Adds an argument for an input of a body; sizes that are not known get names of their own."""
        kind = self.kind(value)
        if None in kind.shape:
            value.shape = ir.Shape([self._opened(value, axis, size) for axis, size in enumerate(kind.shape)])
        super().input(value)
        self.arguments.append(self._terms[value])

    def argument(self, name: str, kind: Kind | None = None) -> Term:
        """Adds an argument, of a kind that is known or not."""
        entry = self.graph.input.add(name=self._named(name))
        if kind is not None:
            self._describe(entry.tensor.add(), kind)
        self.arguments.append(Term(entry.name))
        return self.arguments[-1]

    def capture(self, term: Term) -> Term:
        """A value of the graph around, as an argument."""
        if term.name not in self._captured:
            self._captured[term.name] = self.argument(f"captured_{len(self._captured)}")
        return self._captured[term.name]

    def term(self, value: ir.Value) -> Term:
        """A value of the hub in this function; what is not made in it becomes an argument."""
        found = self._terms.get(value)
        return self.capture(self._around.term(value)) if found is None else found

    def weight(self, array: np.ndarray) -> Term:
        """A tensor of our own, as an argument."""
        return self.capture(self._around.weight(array))

    def place(self, size: str) -> tuple[ir.Value, int] | None:
        """The value and the axis of it that have a size which is not known; None if none has."""
        return self._open.get(size) or self._around.place(size)

    def partial(self, around: Emitter, arguments: Sequence[Argument]) -> Term:
        """The function with all its arguments, ready to be called from ``around``."""
        return around.op("Partial", Term(self.graph.name), *arguments, old=True)

    def _opened(self, value: ir.Value, axis: int, size: Dim) -> Dim:
        return f"{self.graph.name}:{value.name}:{axis}" if size is None else size

    def _constant_name(self, number: int) -> str:
        return self._named(f"value_{number}")


def choose(e: Emitter, condition: Term, yes: Term, no: Term) -> Term:
    """The result of one of two functions that have all their arguments."""
    return e.call(e.op("Switch", condition, yes, no, old=True).name)


def members(e: Emitter, result: Term, count: int) -> tuple[Term, ...]:
    """What a call gives, one by one."""
    return (result,) if count == 1 else tuple(e.item(result, place) for place in range(count))
