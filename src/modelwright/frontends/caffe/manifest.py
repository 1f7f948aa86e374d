"""The Caffe frontend: prototxt and caffemodel of all generations, read without Caffe."""

from __future__ import annotations

from pathlib import Path

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.caffe.locate import looks_like_stem
from modelwright.frontends.caffe.recognize import TEXT_SUFFIXES, WEIGHT_SUFFIXES, is_caffe_file
from modelwright.frontends.manifest import Frontend, Imported, LoadRequest, SourceRun
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import OPENCV


def detect(path: Path) -> Format | None:
    """Caffe by the content of a file, by the files of that stem, or by what a folder holds."""
    if path.is_dir():
        names = [item.name for item in path.iterdir()]
        both = all(any(name.endswith(kind) for name in names) for kind in (TEXT_SUFFIXES, WEIGHT_SUFFIXES))
        return Format.CAFFE if both else None
    found = is_caffe_file(path) if path.is_file() else looks_like_stem(path)
    return Format.CAFFE if found else None


def load(request: LoadRequest) -> Imported:
    """Reads and converts the model; see ``modelwright.frontends.caffe.load``."""
    from modelwright.frontends.caffe.load import load as load_caffe

    return load_caffe(request)


def describe(path: Path, source: Format) -> ModelSummary:
    """What the model holds."""
    from modelwright.frontends.caffe.describe import describe as describe_caffe

    return describe_caffe(path, source)


def _option(spelling: str, kind: OptionKind, text: str) -> Option:
    return Option(name=spelling.replace("-", "_"), kind=kind, help=text, flags=(f"--{spelling}",))


FRONTEND = Frontend(
    name="caffe",
    label="Caffe",
    commands=("caffe",),
    formats=(Format.CAFFE,),
    source_flags={"--input": Format.CAFFE, "--prototxt": Format.CAFFE},
    optimizes=True,
    options=(
        _option("caffemodel", OptionKind.FILE, "the trained weights; default: those of the same stem"),
        _option("inputs", OptionKind.SHAPES, "inputs with shapes: data[1,3,227,227] (-1: unknown); a net is cut there"),
        _option("outputs", OptionKind.SHAPES, "blobs that are wanted; a net is cut behind them"),
        _option("rename-inputs", OptionKind.NAMES, "names for the inputs, in order"),
        _option("rename-outputs", OptionKind.NAMES, "names for the outputs, in order"),
        _option("dynamic-batch", OptionKind.FLAG, "Caffe: keep the batch size open where no layer fixes it"),
        _option("phase", OptionKind.TEXT, "Caffe: phase whose layers are converted: TEST (default) or TRAIN"),
        _option("stage", OptionKind.NAMES, "Caffe: stages for the layers' include and exclude rules"),
        _option("level", OptionKind.INTEGER, "Caffe: level for the layers' include and exclude rules"),
    ),
    detect=detect,
    load=load,
    describe=describe,
    source_run=SourceRun(runner="modelwright.verify.runners.opencv:query_source", runtime="OpenCV", interpreter=OPENCV),
)
