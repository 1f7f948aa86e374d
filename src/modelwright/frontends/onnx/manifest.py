"""The ONNX frontend: reads a model, cuts it, gives it other shapes."""

from __future__ import annotations

from pathlib import Path

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, Imported, LoadRequest, SourceRun
from modelwright.frontends.sniffing import BYTES, VARINT, leading_fields
from modelwright.options import Option, OptionKind

_GRAPH, _OPSET_IMPORT, _IR_VERSION = 7, 8, 1  # fields of onnx.proto's ModelProto


def detect(path: Path) -> Format | None:
    """``Format.ONNX`` if the file's first fields are a ModelProto's."""
    if not path.is_file():
        return None
    fields = leading_fields(path)
    known = all(number <= 25 for number, _ in fields)
    if known and (_IR_VERSION, VARINT) in fields and (_GRAPH, BYTES) in fields:
        return Format.ONNX
    return Format.ONNX if path.suffix.lower() == ".onnx" else None


def load(request: LoadRequest) -> Imported:
    """Reads the model and applies the cuts and shapes asked for; see ``modelwright.frontends.onnx.load``."""
    from modelwright.frontends.onnx.load import load as load_onnx

    return load_onnx(request)


def describe(path: Path, source: Format) -> ModelSummary:
    """What the model holds, from its protobuf alone."""
    from modelwright.hub.summary import summarize

    del source
    return summarize(path)


FRONTEND = Frontend(
    name="onnx",
    label="ONNX",
    commands=("onnx",),
    formats=(Format.ONNX,),
    source_flags={"--input": None},
    optimizes=False,
    emits_from=None,
    options=(
        Option(name="checker", kind=OptionKind.FLAG, help="check the source with onnx.checker before anything else"),
        Option(
            name="inputs",
            kind=OptionKind.SHAPES,
            help="shapes for all inputs, or the tensors where an extracted subgraph begins: name[1,3,224,224],other",
        ),
        Option(
            name="outputs",
            kind=OptionKind.SHAPES,
            help="shapes for all outputs, or the tensors where an extracted subgraph ends",
        ),
        Option(
            name="free_dim_param",
            kind=OptionKind.SIZES,
            flags=("--free_dim_param", "-f"),
            help="sizes for symbolic dimensions by name (dim_param)",
            metavar="NAME:SIZE",
        ),
        Option(
            name="free_dim_denotation",
            kind=OptionKind.SIZES,
            flags=("--free_dim_denotation", "-F"),
            help="sizes for dimensions by denotation, such as DATA_BATCH",
            metavar="DENOTATION:SIZE",
        ),
        Option(
            name="rebatch",
            kind=OptionKind.FLAG,
            help="where the batch changes, rewrite the constants inside that provably are the batch",
        ),
    ),
    detect=detect,
    load=load,
    describe=describe,
    source_run=SourceRun(runner="modelwright.verify.runners.onnx_source:query_source", runtime="ONNX Runtime"),
)
