"""The ONNX backend as data."""

from modelwright.backends.manifests import BackendManifest, BackendOption

MANIFEST = BackendManifest(
    name="onnx",
    label="ONNX",
    suffixes=(".onnx",),
    writer="modelwright.backends.onnx.write:write",
    options=(
        BackendOption(
            name="external_data",
            kind="flag",
            default=None,
            help="Write the weights to a file beside the model; by default only when it exceeds 2 GiB.",
        ),
        BackendOption(
            name="external_filename",
            kind="str",
            default=None,
            help="Name of the file of weights, when they go to a file of their own.",
        ),
    ),
)
