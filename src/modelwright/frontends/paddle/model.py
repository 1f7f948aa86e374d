"""A Paddle model as both of its formats are brought into: blocks of operators under Paddle's present names.

Operators have the names and attributes of the PIR dialect (``conv2d``, ``add``, ``pool2d``), whichever format they were
read from; inputs and outputs stand in that dialect's order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx_ir as ir


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or array that a file states as an attribute where the present dialect has an input."""

    array: np.ndarray


@dataclass(frozen=True, slots=True)
class Joined:
    """Several one-element tensors that stand for one vector."""

    names: tuple[str, ...]


Operand = str | tuple[str, ...] | Literal | Joined | None
"""An input: a tensor's name, a list of names, a stated value, or nothing."""

Result = str | tuple[str, ...] | None
"""An output: a tensor's name, a list of names, or nothing that anyone uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddleTensor:
    """What a file says about a tensor.

    Attributes:
        name: Its name.
        dtype: Its element type; None for what is no tensor (an array, a scope).
        shape: Its sizes, None for those that vary; None when nothing is said.
        array: Whether it is a list of tensors.
    """

    name: str
    dtype: ir.DataType | None
    shape: tuple[int | None, ...] | None
    array: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddleOperator:
    """An operator.

    Attributes:
        op_type: Its name in the PIR dialect, without ``pd_op.`` and the underscore of in-place forms.
        source: Its name in the file, for messages.
        name: The name of its first output, by which messages call it.
        inputs: Inputs in the PIR dialect's order.
        outputs: Outputs in the PIR dialect's order.
        attributes: Attributes under the PIR dialect's names, decoded.
        blocks: Bodies of branches and loops.
    """

    op_type: str
    source: str
    name: str
    inputs: tuple[Operand, ...]
    outputs: tuple[Result, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    blocks: tuple[PaddleBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddleBlock:
    """Operators in the order they run; the program itself, or the body of a branch or loop.

    Attributes:
        operators: The operators.
        arguments: Names that stand for what a loop carries.
        results: What a branch or loop gives.
    """

    operators: tuple[PaddleOperator, ...]
    arguments: tuple[str, ...] = ()
    results: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output of the program.

    Attributes:
        name: What it is called outside.
        tensor: The tensor's name inside.
    """

    name: str
    tensor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddleProgram:
    """A whole program without its weights.

    Attributes:
        path: The file it was read from, as text.
        version: The version the file states; of ProgramDesc Paddle's own, of PIR the format's.
        block: The program.
        inputs: What is fed.
        outputs: What is fetched.
        tensors: What the file says about tensors, by name.
        parameters: Names of the weights, in the order of the parameter file.
    """

    path: str
    version: str
    block: PaddleBlock
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    tensors: Mapping[str, PaddleTensor]
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddleModel:
    """A program with its weights.

    Attributes:
        program: The program.
        weights: The weights by name, as views of the files.
    """

    program: PaddleProgram
    weights: Mapping[str, np.ndarray]
