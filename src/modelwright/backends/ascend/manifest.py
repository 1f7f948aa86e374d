"""The Ascend backend as data."""

from __future__ import annotations

from pathlib import Path

from modelwright.backends.ascend.settings import SETTINGS
from modelwright.backends.manifests import SKIP_CHECK, BackendManifest
from modelwright.options import Option, OptionKind


def recognizes(path: Path) -> bool:
    """Whether a file begins as an ``.om`` does."""
    with path.open("rb") as file:
        return file.read(4) == b"IMOD"


def _option(name: str, text: str, *, kind: OptionKind = OptionKind.TEXT, metavar: str | None = None) -> Option:
    return Option(name=name, kind=kind, help=text, metavar=metavar)


_OWN = (
    _option("ascend_tool", "atc (default), omg of older kits, or converter_lite, which makes .mindir", metavar="NAME"),
    _option("framework", "0 Caffe, 1 MindIR, 3 TensorFlow, 5 ONNX is compiled; default the source's", metavar="N"),
    _option("gears", "file of gears (`modelwright gears`) for what is open", kind=OptionKind.FILE, metavar="FILE"),
    _option("ascend_home", "the toolkit's folder or its set_env.sh (or $MODELWRIGHT_ASCEND_HOME)", metavar="PATH"),
    _option("ascend_host", "compile on this machine by ssh (or $MODELWRIGHT_ASCEND_HOST)", metavar="HOST"),
    _option("ascend_timeout", "seconds a compilation may take (3600)", kind=OptionKind.INTEGER),
    _option(SKIP_CHECK, "do not ask the target's table and rules first", kind=OptionKind.FLAG),
    _option("mean", "images: mean of each channel, on a scale of 0 to 255", metavar="NUMBERS"),
    _option("std", "images: what (pixel - mean) is divided by", metavar="NUMBERS"),
    _option(
        "color", "images: what arrives and what the model takes: rgb, bgr-rgb, nv12-bgr, gray, ...", metavar="COLORS"
    ),
    _option("csc", "images: standard of nv12 and nv21: jpeg (default), bt601-narrow, bt709-narrow", metavar="NAME"),
    _option("crop", "images: part that is used, the middle unless said", metavar="H,W[,TOP,LEFT]"),
    _option("resize", "images: resized to this, the model's size, after --crop", metavar="H,W"),
    _option("image_size", "images: size of what arrives, when it is not the model's", metavar="H,W"),
    _option("image_input", "images: the input that takes them, when several could", metavar="NAME"),
)

MANIFEST = BackendManifest(
    name="ascend",
    label="Ascend",
    suffixes=(".om",),
    writer="modelwright.backends.ascend.write:write",
    takes_request=True,
    scratch=True,
    prepare="modelwright.backends.ascend.write:prepare",
    profiles=("ascend-dynamic",),
    judge="modelwright.backends.ascend.quantized:float_form",
    options=(*(setting.option for setting in SETTINGS), *_OWN),
    cannot_run="an Ascend chip runs it, and there is none here",
    reader="modelwright.backends.ascend.om.summary:summarize",
    recognizes=recognizes,
)
