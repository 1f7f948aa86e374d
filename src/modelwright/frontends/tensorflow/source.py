"""What the readers of the three kinds of TensorFlow models have in common: a graph, its functions and its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.tensorflow.messages import Message
from modelwright.frontends.tensorflow.op_outputs import OpOutputs
from modelwright.frontends.tensorflow.recognize import looks_like_tfjs
from modelwright.frontends.tensorflow.signature import GraphTensor
from modelwright.frontends.tensorflow.variables import Variables
from modelwright.schemas.spans import SpanStore

KINDS: Final = ("graphdef", "saved_model", "checkpoint", "tfjs")
SAVED_MODEL_FILES: Final = ("saved_model.pb", "saved_model.pbtxt")
_SAVED_MODEL_START: Final = b"\x08\x01\x12"
_FOREIGN: Final = (
    (0, b"\x89HDF", "an HDF5 file (a Keras .h5 model)", "give a Keras model with --keras"),
    (
        0,
        b"PK\x03\x04",
        "a zip archive (a Keras .keras model?)",
        "give a Keras model with --keras",
    ),
    (4, b"TFL3", "a TFLite model", "give the model it was made from, or convert it as tflite"),
)


@dataclass(slots=True, kw_only=True)
class Source:
    """One opened model, before anything is inlined, frozen or pruned.

    Attributes:
        where: The path, for messages.
        kind: One of ``KINDS``.
        spans: Where markers in the messages lead.
        nodes: The top graph's nodes by name.
        functions: The library's functions by name.
        op_outputs: Output lists of all operators.
        variables: Values of the variables.
        versions: The graph's VersionDef.
        inputs: What a signature says; ``None`` without one.
        outputs: Likewise.
        assets: Files by the name of the Const node that holds their path.
        init_nodes: Nodes that fill lookup tables and the like.
        restore_op: The saver's restore operation; may be empty.
        notices: Sentences for the user on what was chosen.
    """

    where: str
    kind: str
    spans: SpanStore
    nodes: dict[str, Message]
    functions: Mapping[str, Message]
    op_outputs: OpOutputs
    variables: Variables
    versions: Message
    inputs: tuple[GraphTensor, ...] | None = None
    outputs: tuple[GraphTensor, ...] | None = None
    assets: dict[str, Path] = field(default_factory=dict[str, Path])
    init_nodes: list[str] = field(default_factory=list[str])
    restore_op: str = ""
    notices: list[str] = field(default_factory=list[str])


def read_start(path: Path, size: int = 256) -> bytes:
    """The first bytes of a file.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is empty.
    """
    try:
        with path.open("rb") as file:
            start = file.read(size)
    except OSError as error:
        raise ModelNotFoundError(f"{path}: cannot be read ({error.strerror})", hint="check the path") from error
    if not start:
        raise ModelFormatError(f"{path}: the file is empty", hint="copy or export the model again")
    return start


def looks_like_text(start: bytes) -> bool:
    """Whether a file's first bytes can be protobuf's text format."""
    return start.lstrip().startswith(
        (b"node", b"versions", b"library", b"meta", b"saved_model_schema", b"#", b"graph_def")
    )


def check_foreign(path: Path, start: bytes) -> None:
    """Refuses files of other formats with the way out.

    Raises:
        ModelFormatError: The file is HDF5, a zip archive or TFLite.
    """
    for offset, magic, what, hint in _FOREIGN:
        if start[offset : offset + len(magic)] == magic:
            raise ModelFormatError(f"{path}: is {what}, not a TensorFlow graph", hint=hint)


def detect_kind(path: Path) -> str:
    """The kind of the model at ``path``, by its name and content.

    Raises:
        ModelNotFoundError: There is nothing at ``path``.
        ModelFormatError: It is none of ``KINDS``.
    """
    if looks_like_tfjs(path):
        return "tfjs"
    if path.is_dir():
        return _directory_kind(path)
    if not path.exists():
        if path.with_name(path.name + ".meta").is_file():
            return "checkpoint"
        raise ModelNotFoundError(f"{path}: no such file or directory", hint="check the path")
    if path.suffix in (".meta", ".index") or ".data-" in path.name:
        return "checkpoint"
    start = read_start(path)
    check_foreign(path, start)
    is_saved_model = start.startswith(_SAVED_MODEL_START) or start.lstrip().startswith(
        (b"saved_model_schema", b"meta_graphs")
    )
    return "saved_model" if is_saved_model else "graphdef"


def _directory_kind(path: Path) -> str:
    if any((path / name).is_file() for name in SAVED_MODEL_FILES):
        return "saved_model"
    if (path / "checkpoint").is_file() or any(path.glob("*.meta")):
        return "checkpoint"
    graphs = sorted(item.name for item in path.glob("*.pb*"))
    hint = "a SavedModel directory holds saved_model.pb and variables/"
    if (path / "config.json").is_file() or any(path.glob("*.keras")):
        hint = "give a Keras model, the .keras file itself, with --keras"
    elif graphs:
        hint = f"give the graph file itself: {path / graphs[0]}"
    raise ModelFormatError(f"{path}: the directory holds neither a SavedModel nor a checkpoint", hint=hint)
