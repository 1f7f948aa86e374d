"""The ONNX backend as data."""

from modelwright.backends.manifests import BackendManifest
from modelwright.options import Option, OptionKind

MANIFEST = BackendManifest(
    name="onnx",
    label="ONNX",
    suffixes=(".onnx",),
    writer="modelwright.backends.onnx.write:write",
    options=(
        Option(
            name="external_data",
            kind=OptionKind.FLAG,
            flags=("--large_model",),
            help="weights in a file of their own, which models over 2 GB always have",
        ),
        Option(
            name="external_filename",
            kind=OptionKind.TEXT,
            metavar="NAME",
            help="name of the file of weights, when they go to one of their own",
        ),
    ),
    runner="modelwright.verify.runners.onnxruntime:load",
    reader="modelwright.hub.summary:summarize",
)
