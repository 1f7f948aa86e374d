"""The TensorFlow frontend: frozen graphs, SavedModels and checkpoints, read without TensorFlow."""

from __future__ import annotations

from pathlib import Path

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, Imported, LoadRequest, SourceRun
from modelwright.frontends.sniffing import BYTES, VARINT, leading_fields
from modelwright.frontends.tensorflow.recognize import looks_like_keras, looks_like_tfjs
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import TENSORFLOW

_NODE, _LIBRARY, _OLD_VERSION, _VERSIONS = 1, 2, 3, 4  # fields of graph.proto's GraphDef
_SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
_GRAPH_FIELDS = {(_NODE, BYTES), (_LIBRARY, BYTES), (_OLD_VERSION, VARINT), (_VERSIONS, BYTES)}


def detect(path: Path) -> Format | None:
    """The TensorFlow format of a file, folder or checkpoint prefix by its content, or None."""
    if path.is_dir():
        return _detect_folder(path)
    if not path.is_file():
        return Format.TF_CHECKPOINT if path.with_name(f"{path.name}.meta").is_file() else None
    if path.name in _SAVED_MODEL_FILES:
        return Format.TF_SAVED_MODEL
    if path.suffix in (".meta", ".index") or ".data-" in path.name:
        return Format.TF_CHECKPOINT
    if path.suffix == ".pbtxt" or _is_graph_text(path):
        return Format.TF_GRAPHDEF
    other = _detect_other(path)
    if other is not None:
        return other
    fields = leading_fields(path)
    if fields and fields[0] in ((_NODE, BYTES), (_VERSIONS, BYTES)) and set(fields) <= _GRAPH_FIELDS:
        return Format.TF_GRAPHDEF
    return Format.TF_GRAPHDEF if path.suffix == ".pb" else None


def _detect_folder(path: Path) -> Format | None:
    if any((path / name).is_file() for name in _SAVED_MODEL_FILES):
        return Format.TF_SAVED_MODEL
    if (path / "checkpoint").is_file() or any(path.glob("*.meta")):
        return Format.TF_CHECKPOINT
    return _detect_other(path)


def _detect_other(path: Path) -> Format | None:
    if looks_like_keras(path):
        return Format.KERAS
    return Format.TFJS if looks_like_tfjs(path) else None


def _is_graph_text(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(64).lstrip().startswith((b"node {", b"node{"))


def load(request: LoadRequest) -> Imported:
    """Reads, freezes and converts the model; see ``modelwright.frontends.tensorflow.load``."""
    from modelwright.frontends.tensorflow.load import load as load_tensorflow

    return load_tensorflow(request)


def describe(path: Path, source: Format) -> ModelSummary:
    """What the model holds."""
    from modelwright.frontends.tensorflow.describe import describe as describe_tensorflow

    return describe_tensorflow(path, source)


def _option(spelling: str, kind: OptionKind, text: str) -> Option:
    return Option(name=spelling.replace("-", "_"), kind=kind, help=text, flags=(f"--{spelling}",))


FRONTEND = Frontend(
    name="tensorflow",
    label="TensorFlow",
    commands=("tf1", "tf2"),
    formats=(Format.TF_GRAPHDEF, Format.TF_SAVED_MODEL, Format.TF_CHECKPOINT, Format.TFJS, Format.KERAS),
    source_flags={
        "--input": Format.TF_GRAPHDEF,
        "--graphdef": Format.TF_GRAPHDEF,
        "--saved-model": Format.TF_SAVED_MODEL,
        "--checkpoint": Format.TF_CHECKPOINT,
        "--tfjs": Format.TFJS,
        "--keras": (Format.KERAS, Format.TF_SAVED_MODEL),
    },
    optimizes=True,
    options=(
        _option("tag", OptionKind.NAMES, "SavedModel: tags of the graph, comma-separated"),
        _option("signature_def", OptionKind.TEXT, "SavedModel: signature to convert"),
        _option("concrete_function", OptionKind.INTEGER, "SavedModel of TF 2: index of a function of __call__"),
        _option("inputs", OptionKind.SHAPES, "inputs, with shapes if wanted: x:0[1,224,224,3],y (-1: unknown)"),
        _option("outputs", OptionKind.SHAPES, "outputs; a network is cut behind them"),
        _option("ignore_default", OptionKind.NAMES, "PlaceholderWithDefault nodes that become inputs"),
        _option("use_default", OptionKind.NAMES, "PlaceholderWithDefault nodes that become their default"),
        _option("rename-inputs", OptionKind.NAMES, "names for the inputs, in order"),
        _option("rename-outputs", OptionKind.NAMES, "names for the outputs, in order"),
        _option("use-graph-names", OptionKind.FLAG, "SavedModel: keep the graph's names, not the signature's"),
        _option("custom-ops", OptionKind.DOMAINS, "operators that become custom ONNX nodes: Op:domain,Other"),
        _option(
            "continue_on_error", OptionKind.FLAG, "pass on as custom nodes what cannot be converted; never verified"
        ),
        _option("extra_opset", OptionKind.VERSIONS, "further opset imports: domain:version"),
        _option(
            "load_op_libraries", OptionKind.FILES, "libraries with operators that TensorFlow loads to run the source"
        ),
        _option("output_frozen_graph", OptionKind.NEW_FILE, "also write the frozen GraphDef to this file"),
        _option("inputs-as-nchw", OptionKind.NAMES, "inputs that the result takes as NCHW"),
        _option("outputs-as-nchw", OptionKind.NAMES, "outputs that the result gives as NCHW"),
    ),
    detect=detect,
    load=load,
    describe=describe,
    source_run=SourceRun(
        runner="modelwright.verify.runners.tensorflow:query_source", runtime="TensorFlow", interpreter=TENSORFLOW
    ),
)
