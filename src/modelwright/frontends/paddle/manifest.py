"""The Paddle frontend: programs of Paddle 1, 2 and 3 with their parameters, read without Paddle."""

from __future__ import annotations

from pathlib import Path

from modelwright.diagnostics import ModelSummary
from modelwright.formats import Format
from modelwright.frontends.manifest import Frontend, Imported, LoadRequest, SourceRun
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import PADDLE

_STEMS = (".json", ".pdmodel")
_MANY = 200
"""A folder with more files than this is no model's."""


def detect(path: Path) -> Format | None:
    """The Paddle format of a program's file, of a folder with one, or of the stem that its files share."""
    from modelwright.frontends.paddle.recognize import program_format

    if path.is_dir():
        files = [item for _, item in zip(range(_MANY), sorted(path.iterdir()), strict=False) if item.is_file()]
        found = [kind for item in files if (kind := program_format(item)) is not None]
        return Format.PADDLE_PIR if Format.PADDLE_PIR in found else next(iter(found), None)
    if path.suffix == ".pdiparams":
        return detect_stem(path.with_suffix(""))
    return program_format(path) if path.is_file() else detect_stem(path)


def detect_stem(path: Path) -> Format | None:
    """The format of the program beside a stem."""
    from modelwright.frontends.paddle.recognize import program_format

    found = [program_format(path.with_name(path.name + suffix)) for suffix in _STEMS]
    return next((kind for kind in found if kind is not None), None)


def load(request: LoadRequest) -> Imported:
    """Reads and converts the model; see ``modelwright.frontends.paddle.load``."""
    from modelwright.frontends.paddle.load import load as load_paddle

    return load_paddle(request)


def describe(path: Path, source: Format) -> ModelSummary:
    """What the model holds."""
    from modelwright.frontends.paddle.load import describe as describe_paddle

    return describe_paddle(path, source)


def _option(name: str, short: str, kind: OptionKind, text: str, metavar: str | None = None) -> Option:
    flags = (f"--{name}", f"-{short}") if short else (f"--{name}",)
    return Option(name=name, kind=kind, help=text, flags=flags, metavar=metavar)


FRONTEND = Frontend(
    name="paddle",
    label="Paddle",
    commands=("paddle",),
    formats=(Format.PADDLE_PIR, Format.PADDLE_PROGRAM),
    source_flags={"--model_dir": None, "-m": None},
    aliases={"output": ("--save_file", "-s"), "opset": ("--opset_version", "-ov")},
    version_flags=("--version", "-v"),
    optimizes=True,
    options=(
        _option("model_filename", "mf", OptionKind.TEXT, "the program's file in the folder"),
        _option("params_filename", "pf", OptionKind.TEXT, "the file with all parameters in the folder"),
        _option(
            "input_shape_dict",
            "isd",
            OptionKind.TEXT,
            "shapes of inputs: \"{'image':[1, 3, 608, 608]}\" or image[1,3,608,608]",
            "SHAPES",
        ),
        _option(
            "output_names",
            "on",
            OptionKind.TEXT,
            'names of the outputs, in order or by Paddle\'s: ["boxes", "scores"], {"old":"new"}',
            "NAMES",
        ),
        _option("external_filename", "", OptionKind.TEXT, "name of the file of weights of a model over 2 GB", "NAME"),
        _option("enable_auto_update_opset", "", OptionKind.SWITCH, "raise the opset where an operator needs it (True)"),
        _option("enable_onnx_checker", "", OptionKind.SWITCH, "check the result (always done)"),
        _option("enable_dev_version", "", OptionKind.SWITCH, "of no effect: there is one converter"),
        _option("enable_paddle_fallback", "", OptionKind.SWITCH, "of no effect: there are no custom operators"),
    ),
    detect=detect,
    load=load,
    describe=describe,
    source_run=SourceRun(runner="modelwright.verify.runners.paddle:query_source", runtime="Paddle", interpreter=PADDLE),
)
