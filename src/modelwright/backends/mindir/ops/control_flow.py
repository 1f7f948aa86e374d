"""If and Loop as functions: a Switch chooses between two, a loop is one that calls itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx_ir as ir

from modelwright.backends.mindir.bodies import Function, choose, members
from modelwright.backends.mindir.emitter import Emitter, Kind, Term
from modelwright.backends.mindir.operators import mind_op
from modelwright.backends.mindir.terms import cast, cut, reshape
from modelwright.errors import InternalError
from modelwright.formats import Dim

_ENDLESS = 2**63 - 1


@mind_op("If")
def if_(e: Emitter, condition: ir.Value, *, then_branch: ir.Graph, else_branch: ir.Graph) -> tuple[Term, ...]:
    """One of two functions, with all that they use of the graph around them."""
    made: list[Term] = []
    for body, purpose in ((then_branch, "then"), (else_branch, "else")):
        function = Function(e, purpose)
        _converted(function, body)
        function.finish([(function.term(value), function.kind(value)) for value in body.outputs])
        made.append(function.partial(e, function.captured))
    result = choose(e, reshape(e, e.term(condition), ()), *made)
    return members(e, result, len(then_branch.outputs))


@mind_op("Loop")
def loop(
    e: Emitter, trips: ir.Value | None, condition: ir.Value | None, *carried: ir.Value, body: ir.Graph
) -> tuple[Term, ...]:
    """A function that calls itself: its arguments are a counter, the condition, what is carried and collected."""
    count = len(carried)
    turn = Function(e, "turn")
    for value in body.inputs:
        turn.input(value)
    rows = [e.kind(value) for value in body.outputs[1 + count :]]
    rows_of = [Kind(row.dtype, (None, *row.shape)) for row in rows]
    collectors = [turn.argument(f"rows_{number}", kind) for number, kind in enumerate(rows_of)]
    limit = turn.capture(_limit(e, trips))
    _converted(turn, body)
    kinds = [*(turn.kind(value) for value in body.inputs[2:]), *rows_of]
    following = _following(turn, body, collectors)
    following += turn.arguments[len(following) :]
    test = _test(turn, limit, kinds)
    turn.declare(turn.call(test, *following), kinds)
    going = e.weight(np.asarray(True)) if condition is None else reshape(e, e.term(condition), ())
    begun = [_opened(e, value, kind) for value, kind in zip(carried, kinds, strict=False)]
    state = [e.weight(np.asarray(0, np.int64)), going, *begun, *(_first_row(e, row) for row in rows)]
    results = members(e, e.call(test, *state, *turn.captured), len(kinds))
    collected = zip(results[count:], kinds[count:], strict=True)
    return (*results[:count], *(_without_first(e, item, len(kind.shape)) for item, kind in collected))


def _converted(function: Function, body: ir.Graph) -> None:
    if function.walk is None:
        raise InternalError("bodies cannot be converted here")
    function.walk(function, body)


def _limit(e: Emitter, trips: ir.Value | None) -> Term:
    """How many turns there are at most, as a tensor of rank 0."""
    return e.weight(np.asarray(_ENDLESS, np.int64)) if trips is None else reshape(e, e.term(trips), ())


def _test(turn: Function, limit: Term, kinds: Sequence[Kind]) -> str:
    """The function that takes another turn or ends; it has the arguments of ``turn``. Returns its name."""
    test, end = Function(turn, "test"), Function(turn, "end")
    known: list[Kind | None] = [Kind(ir.DataType.INT64, ()), Kind(ir.DataType.BOOL, ()), *kinds]
    known += [None] * (len(turn.arguments) - len(known))
    given = [test.argument(f"state_{number}", kind) for number, kind in enumerate(known)]
    bound = given[turn.arguments.index(limit)]
    again = test.op("LogicalAnd", test.op("Less", given[0], bound), given[1])
    left = [end.argument(f"state_{number}", kind) for number, kind in enumerate(kinds)]
    end.finish(list(zip(left, kinds, strict=True)))
    last = given[2 : 2 + len(kinds)]
    test.declare(choose(test, again, turn.partial(test, given), end.partial(test, last)), kinds)
    return test.graph.name


def _following(turn: Function, body: ir.Graph, collectors: Sequence[Term]) -> list[Term]:
    """The arguments of the next turn, but for those that stay."""
    carried = len(body.outputs) - len(collectors)
    results = [turn.term(value) for value in body.outputs]
    rows = [
        turn.op("Concat", turn.tuple([place, turn.op("ExpandDims", row, 0)]), 0)
        for place, row in zip(collectors, results[carried:], strict=True)
    ]
    counter = turn.op("Add", turn.arguments[0], turn.weight(np.asarray(1, np.int64)))
    going = reshape(turn, results[0], ())
    return [counter, going, *results[1:carried], *rows]


def _opened(e: Emitter, value: ir.Value, inside: Kind) -> Term:
    """What is carried at first; MindSpore must not see sizes that turns change, or it takes them for fixed."""
    shape, term = e.kind(value).shape, e.term(value)
    changing = any(isinstance(size, int) and size != inner for size, inner in zip(shape, inside.shape, strict=True))
    return _unseen(e, term, shape) if changing else term


def _unseen(e: Emitter, term: Term, shape: Sequence[Dim]) -> Term:
    """A value whose sizes MindSpore does not know beforehand: those that are numbers stand in a weight."""
    numbers = [size if isinstance(size, int) else 1 for size in shape]
    stored = e.op("TensorToTuple", e.weight(np.array(numbers, np.int64)))
    sizes = [e.item(stored, axis) if isinstance(size, int) else e.size(size) for axis, size in enumerate(shape)]
    return e.op("Reshape", term, e.op("MakeTuple", *sizes, old=True))


def _first_row(e: Emitter, row: Kind) -> Term:
    """A row of zeros to begin with, which is dropped in the end: MindSpore has no tensors without elements."""
    zero = cast(e, e.weight(np.zeros((), np.float32)), row.dtype)
    return _unseen(e, e.op("BroadcastTo", zero, e.sizes([1, *row.shape])), (1, *row.shape))


def _without_first(e: Emitter, rows: Term, rank: int) -> Term:
    """All rows but the first."""
    return cut(e, rows, rank, {0: (1, np.iinfo(np.int32).max, 1)})
