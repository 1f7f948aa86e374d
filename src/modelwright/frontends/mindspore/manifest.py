"""The MindSpore frontend: ``.mindir`` files, read without MindSpore."""

from __future__ import annotations

from pathlib import Path

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, Imported, LoadRequest, SourceRun
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import MINDSPORE


def detect(path: Path) -> Format | None:
    """MindIR by the suffix, for it has no mark of its own; checkpoints by suffix and content."""
    suffix = path.suffix.lower()
    if suffix not in (".mindir", ".ckpt") or not path.is_file():
        return None
    if suffix == ".mindir":
        return Format.MINDIR
    from modelwright.frontends.mindspore.checkpoint import is_checkpoint

    return Format.MINDSPORE_CHECKPOINT if is_checkpoint(path) else None


def load(request: LoadRequest) -> Imported:
    """Reads and converts the model; see ``modelwright.frontends.mindspore.load``."""
    from modelwright.frontends.mindspore.load import load as load_mindir

    return load_mindir(request)


def describe(
    path: Path, source: Format, *, dec_key: str | Path | None = None, dec_mode: str | None = None
) -> ModelSummary:
    """What the model holds; the key of an encrypted one stands in the file ``dec_key``."""
    from modelwright.schemas.mindspore_cipher import read_cipher

    cipher = read_cipher(None if dec_key is None else Path(dec_key), dec_mode)
    if source is Format.MINDSPORE_CHECKPOINT:
        from modelwright.frontends.mindspore.checkpoint import describe_checkpoint

        return describe_checkpoint(path, cipher)
    from modelwright.frontends.mindspore.describe import describe as describe_mindir

    return describe_mindir(path, cipher)


FRONTEND = Frontend(
    name="mindspore",
    label="MindSpore",
    commands=("mindspore",),
    formats=(Format.MINDIR, Format.MINDSPORE_CHECKPOINT),
    source_flags={"--mindir": Format.MINDIR},
    optimizes=True,
    options=(
        Option(name="dec_key", kind=OptionKind.FILE, help="file with the key of an encrypted model", metavar="FILE"),
        Option(name="dec_mode", kind=OptionKind.TEXT, help="its cipher, when not what the file says", metavar="MODE"),
    ),
    describe_options=("dec_key", "dec_mode"),
    detect=detect,
    load=load,
    describe=describe,
    source_run=SourceRun(
        runner="modelwright.verify.runners.mindspore:query_source", runtime="MindSpore", interpreter=MINDSPORE
    ),
)
