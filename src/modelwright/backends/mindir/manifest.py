"""The MindSpore backend as data."""

from modelwright.backends.manifests import BackendManifest
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import MINDSPORE


def _option(name: str, kind: OptionKind, text: str, metavar: str | None = None) -> Option:
    return Option(name=name, kind=kind, help=text, metavar=metavar)


MANIFEST = BackendManifest(
    name="mindir",
    label="MindIR",
    suffixes=(".mindir",),
    writer="modelwright.backends.mindir.write:write",
    refusals="modelwright.backends.mindir.legalize:refusals",
    optimizes=True,
    introduces=22,
    interpreter=MINDSPORE,
    runner="modelwright.verify.runners.mindspore:load",
    options=(
        _option("precision", OptionKind.TEXT, "fp32 (default) or fp16", "NAME"),
        _option("keep_io_types", OptionKind.FLAG, "inputs and outputs stay float32"),
        _option("fp32_layers", OptionKind.NAMES, "layers that stay float32"),
    ),
)
