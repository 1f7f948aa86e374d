"""Writing TFLite: the model is brought to TFLite's built-in operators, and these to a flatbuffer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypedDict, Unpack

import onnx_ir as ir

from modelwright.backends.tflite.finish import finish_graph, remove_unused
from modelwright.backends.tflite.integers import Integers
from modelwright.backends.tflite.interface import (
    artifact_tensors,
    check_type,
    inputs_as_bytes,
    inputs_last,
    outputs_as_bytes,
    outputs_last,
)
from modelwright.backends.tflite.legalize import Legalizer
from modelwright.backends.tflite.prepare import prepare, settle
from modelwright.backends.tflite.quantized import quantization_of
from modelwright.backends.tflite.serialize import LiteFile, write_file
from modelwright.backends.tflite.weights import SmallerWeights
from modelwright.backends.written import Written
from modelwright.diagnostics import Refusal
from modelwright.errors import UnsupportedError, UsageError

_HALF: Final = 1e-2
"""Relative tolerance of results whose weights are float16."""

SUFFIX: Final = ".tflite"
"""What the names of TFLite files end in; readers go by it."""


class Options(TypedDict, total=False):
    """The options of the target; see the manifest."""

    inputs_as_nhwc: Sequence[str]
    outputs_as_nhwc: Sequence[str]
    float16_weights: bool
    dynamic_range: bool
    inference_input_type: str
    inference_output_type: str


def write(model: ir.Model, path: Path, *, python: Path | None = None, **options: Unpack[Options]) -> Written:
    """Writes the model as a TFLite file.

    Args:
        model: The model; it is changed.
        path: The file.
        python: The interpreter that the result will run in; writing needs none.
        options: What the user asked for.

    Raises:
        UsageError: The name does not say that it is a TFLite file, or options contradict each other or the model.
        UnknownNameError: There is no input or output of a name that was given.
        UnsupportedError: Some nodes cannot be written; all of them are listed, and nothing is written.
        OutputError: The file cannot be written.
    """
    del python
    _check(path, options)
    graph = model.graph
    inputs = inputs_last(graph, options.get("inputs_as_nhwc", ()))
    outputs = outputs_last(graph, options.get("outputs_as_nhwc", ()))
    legalizer = legalized(model)
    finish_graph(graph)
    Integers(legalizer.names).settle(graph)
    remove_unused(graph)
    given, made = options.get("inference_input_type", "float32"), options.get("inference_output_type", "float32")
    meant_in = {} if given == "float32" else inputs_as_bytes(graph, given)
    meant_out = {} if made == "float32" else outputs_as_bytes(graph, made)
    smaller = _shrink(graph, legalizer, options)
    names = [tuple(value.name or "" for value in side) for side in (graph.inputs, graph.outputs)]
    write_file(graph, path, LiteFile(inputs=names[0], outputs=names[1]))
    rounds = any(quantization_of(value) for node in graph for value in node.outputs)
    return Written(
        files=(path,),
        checks=(f"{sum(1 for _ in graph)} built-in operators of TFLite", *smaller, *legalizer.border.notes),
        inputs=artifact_tensors(names[0], inputs, meant_in, given),
        outputs=artifact_tensors(names[1], outputs, meant_out, made),
        rtol=_HALF if options.get("float16_weights") else 0.0,
        rounds_between_layers=rounds or bool(options.get("dynamic_range") or options.get("float16_weights")),
    )


def _check(path: Path, options: Options) -> None:
    if path.suffix.lower() != SUFFIX:
        raise UsageError(
            f"{path.name}: the name of a TFLite file ends in {SUFFIX}", hint=f"write to {path.stem}{SUFFIX}"
        )
    if options.get("float16_weights") and options.get("dynamic_range"):
        raise UsageError("--float16_weights and --dynamic_range exclude each other", hint="give one of the two")
    check_type(options.get("inference_input_type", "float32"), "inference_input_type")
    check_type(options.get("inference_output_type", "float32"), "inference_output_type")


def _shrink(graph: ir.Graph, legalizer: Legalizer, options: Options) -> list[str]:
    """Makes weights smaller if asked; says what was done."""
    smaller = SmallerWeights(legalizer.names)
    if options.get("float16_weights"):
        smaller.as_float16(graph)
        kept = [f"{len(smaller.kept)} with numbers that float16 cannot hold stayed float32"] if smaller.kept else []
        return [f"{smaller.changed} weights as float16", *kept]
    if options.get("dynamic_range"):
        smaller.as_int8(graph)
        return [f"{smaller.changed} weights as int8"]
    return []


def legalized(model: ir.Model) -> Legalizer:
    """Brings the model to TFLite's operators, in place.

    Raises:
        UnsupportedError: Some nodes cannot be written; all of them are listed.
    """
    legalizer = attempt(model)
    legalizer.finish()
    return legalizer


def refusals(model: ir.Model) -> tuple[Refusal, ...]:
    """The nodes that would be refused if the model were written; the model is spoiled."""
    try:
        return tuple(dict.fromkeys(attempt(model).refusals))
    except UnsupportedError as error:
        return tuple(Refusal(op_type="", node=error.node, reason=item) for item in error.items or (error.message,))


def attempt(model: ir.Model) -> Legalizer:
    """Brings the model to TFLite's operators, in place, as far as that goes.

    Raises:
        UnsupportedError: It cannot be brought to the opset that the conversion works in.
    """
    opset = prepare(model)
    legalizer = Legalizer(root=model.graph, opset=opset)
    legalizer.expand()
    settle(model, opset)
    legalizer.renew()
    legalizer.windows()
    settle(model, opset)
    legalizer.renew()
    legalizer.rest()
    return legalizer
