"""The TFLite backend as data."""

from modelwright.backends.manifests import BackendManifest
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import TENSORFLOW

MANIFEST = BackendManifest(
    name="tflite",
    label="TFLite",
    suffixes=(".tflite",),
    writer="modelwright.backends.tflite.write:write",
    options=(
        Option(name="inputs_as_nhwc", kind=OptionKind.NAMES, help="inputs that the file takes with channels last"),
        Option(name="outputs_as_nhwc", kind=OptionKind.NAMES, help="outputs that the file gives with channels last"),
        Option(
            name="float16_weights", kind=OptionKind.FLAG, help="store weights as float16; computation stays float32"
        ),
        Option(
            name="dynamic_range",
            kind=OptionKind.FLAG,
            help="store weights as int8; data is rounded to int8 while it runs",
        ),
        Option(
            name="inference_input_type",
            kind=OptionKind.TEXT,
            metavar="TYPE",
            help="type of inputs that the model quantizes: int8, uint8 or (default) float32",
        ),
        Option(
            name="inference_output_type",
            kind=OptionKind.TEXT,
            metavar="TYPE",
            help="type of outputs that the model quantized: int8, uint8 or (default) float32",
        ),
    ),
    refusals="modelwright.backends.tflite.write:refusals",
    optimizes=True,
    introduces=22,
    runner="modelwright.verify.runners.litert:load_litert",
    interpreter=TENSORFLOW,
)
