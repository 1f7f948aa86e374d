"""The TFLite frontend: ``.tflite`` files, float and quantized."""

from __future__ import annotations

from pathlib import Path

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, Imported, LoadRequest, SourceRun
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import TENSORFLOW

_IDENTIFIER = b"TFL3"


def detect(path: Path) -> Format | None:
    """TFLite by the identifier at byte 4, or by the suffix."""
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        head = stream.read(8)
    return Format.TFLITE if head[4:] == _IDENTIFIER or path.suffix == ".tflite" else None


def load(request: LoadRequest) -> Imported:
    """Reads and converts the model; see ``modelwright.frontends.tflite.load``."""
    from modelwright.frontends.tflite.load import load as load_tflite

    return load_tflite(request)


def describe(path: Path, source: Format) -> ModelSummary:
    """What the model holds."""
    from modelwright.frontends.tflite.load import describe as describe_tflite

    return describe_tflite(path, source)


def _option(spelling: str, kind: OptionKind, text: str) -> Option:
    return Option(name=spelling.replace("-", "_"), kind=kind, help=text, flags=(f"--{spelling}",))


FRONTEND = Frontend(
    name="tflite",
    label="TFLite",
    commands=(),
    joins=("tf1", "tf2"),
    formats=(Format.TFLITE,),
    source_flags={"--tflite": Format.TFLITE},
    optimizes=True,
    options=(
        _option("dequantize", OptionKind.FLAG, "TFLite: make quantized tensors float32, inputs and outputs too"),
        _option("signature_def", OptionKind.TEXT, "signature to convert"),
        _option("rename-inputs", OptionKind.NAMES, "names for the inputs, in order"),
        _option("rename-outputs", OptionKind.NAMES, "names for the outputs, in order"),
    ),
    detect=detect,
    load=load,
    describe=describe,
    source_run=SourceRun(
        runner="modelwright.verify.runners.tflite:query_source", runtime="TFLite", interpreter=TENSORFLOW
    ),
)
