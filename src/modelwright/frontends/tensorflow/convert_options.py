"""What a user may ask of the conversion of a TensorFlow graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CUSTOM_DOMAIN = "ai.onnx.converters.tensorflow"
"""Domain of custom operators for which none is given, as in tf2onnx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions:
    """What the user may ask of a conversion.

    Attributes:
        opset: Version of the default domain to write.
        inputs_as_nchw: Inputs that the ONNX model takes as NCHW though the source takes NHWC.
        outputs_as_nchw: Outputs that the ONNX model gives as NCHW though the source gives NHWC.
        rename_inputs: Names for the inputs, in order; empty keeps them.
        rename_outputs: Names for the outputs, in order; empty keeps them.
        custom_ops: Operator to domain: these become nodes of that domain as they are.
        extra_opsets: Further domains to import, with their versions.
        continue_on_error: Pass on as custom operators what is not supported or cannot be converted.
    """

    opset: int
    inputs_as_nchw: tuple[str, ...] = ()
    outputs_as_nchw: tuple[str, ...] = ()
    rename_inputs: tuple[str, ...] = ()
    rename_outputs: tuple[str, ...] = ()
    custom_ops: Mapping[str, str] = field(default_factory=dict[str, str])
    extra_opsets: Mapping[str, int] = field(default_factory=dict[str, int])
    continue_on_error: bool = False
