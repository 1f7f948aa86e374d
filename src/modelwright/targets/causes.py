"""Why a node passes or does not: numbered causes, as the precheck of model conversion services has them."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Code(enum.IntEnum):
    """What a cause is about. 1 to 99 fail, 100 to 199 warn; 0, 1, 2, 8 and 9 are those of ``eval_report.json``.

    Numbers never change their meaning once released.
    """

    OK = 0
    """The node passes; the message says how that is known."""
    TYPE_UNSUPPORTED = 1
    """The target has no such operator, or not at this opset."""
    PARAMETER_INVALID = 2
    """An attribute, an input or a combination of them is not taken."""
    DTYPE = 3
    """The operator exists, but not for this element type."""
    SHAPE = 4
    """The rank or a size is beyond what the target takes."""
    ZERO_SIZE = 5
    """A tensor has a dimension of size 0."""
    DYNAMIC_SHAPE = 6
    """A dimension has no fixed size."""
    OPSET = 7
    """The model's opset or IR version is outside the target's range."""
    TYPE_AMBIGUOUS = 8
    """The type has the name of a known operator but belongs to another domain."""
    NAME_REPEATED = 9
    """Two nodes have the same name."""
    TRAINING = 10
    """The operator belongs to training."""
    QUANTIZATION = 11
    """The model is quantized in a way the target does not take."""
    ENGINE_CRASHED = 12
    """The target's engine ended when it was given this node."""
    ENGINE_LIMIT = 13
    """The target's engine took too long or too much memory over this node."""
    ENGINE_REFUSED = 14
    """The target's engine refuses the whole model although it takes each node."""
    SOURCE_UNSUPPORTED = 15
    """The source's operator cannot be imported, so that the target never sees it."""
    NOT_ACCELERATED = 100
    """It runs, but not on the accelerator."""
    NOT_TRIED = 101
    """It could not be tried."""
    PARTLY_SUPPORTED = 102
    """The target takes this operator in some forms only, and this one was not tried."""
    SHAPE_UNKNOWN = 103
    """A shape could not be inferred, so that rules about shapes say nothing."""
    RUN_UNCERTAIN = 104
    """It loads, but running it on random numbers failed, which may be the numbers' fault."""
    CONVERTED = 105
    """The target takes it in another form than the model has."""

    @property
    def fails(self) -> bool:
        """Whether it is an error and not a warning."""
        return 0 < self < 100


class Evidence(enum.StrEnum):
    """How a verdict is known, the strongest first."""

    TRIAL = "trial"
    """The target's own engine was given the node."""
    TABLE = "table"
    """The profile's list of operators says so."""
    RULE = "rule"
    """A rule of the profile says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing to say about a node or a model.

    Attributes:
        code: What it is about.
        message: The reason, in the user's names.
        remedy: What would help; empty when nothing is wrong.
        evidence: How it is known.
    """

    code: Code
    message: str
    remedy: str = ""
    evidence: Evidence = Evidence.RULE
