"""The TensorRT backend as data."""

from modelwright.backends.manifests import BackendManifest
from modelwright.backends.tensorrt.recognize import recognizes
from modelwright.options import Option, OptionKind
from modelwright.workers.interpreters import TENSORRT


def _option(name: str, kind: OptionKind, text: str, metavar: str | None = None) -> Option:
    return Option(name=name, kind=kind, help=text, metavar=metavar)


MANIFEST = BackendManifest(
    name="tensorrt",
    label="TensorRT",
    suffixes=(".engine", ".plan", ".trt"),
    writer="modelwright.backends.tensorrt.write:write",
    legalizer="modelwright.backends.tensorrt.legalize:legalize",
    doubts="modelwright.backends.tensorrt.build:check_options",
    optimizes=True,
    introduces=22,
    scratch=True,
    interpreter=TENSORRT,
    runner="modelwright.verify.runners.tensorrt:load",
    reader="modelwright.backends.tensorrt.describe:describe",
    recognizes=recognizes,
    options=(
        _option("compute_capability", OptionKind.NAMES, "GPUs to build for: 7.5, 8.0, 8.6, 8.9, 12.0, 12.1", "LIST"),
        _option("tensorrt", OptionKind.TEXT, "rtx (builds without a GPU) or full; default what is installed", "WHICH"),
        _option("precision", OptionKind.TEXT, "fp32, fp16, bf16, or int8 and fp8 for quantized models", "NAME"),
        _option("keep_io_types", OptionKind.FLAG, "inputs and outputs stay float32"),
        _option("fp32_layers", OptionKind.NAMES, "layers that stay float32"),
        _option("min_shapes", OptionKind.SHAPES, "smallest sizes of inputs with open sizes: name[1,3,224,224]"),
        _option("opt_shapes", OptionKind.SHAPES, "usual sizes, for which the engine is tuned"),
        _option("max_shapes", OptionKind.SHAPES, "largest sizes"),
        _option("gears", OptionKind.FILE, "file of gears (`modelwright gears`): a profile for each", "FILE"),
        _option("optimization_level", OptionKind.INTEGER, "0 (quick build) to 5 (quick engine)", "N"),
        _option("fallback", OptionKind.TEXT, "cut: what TensorRT refuses goes to an ONNX model beside it", "HOW"),
        _option("timing_cache", OptionKind.FILE, "full TensorRT: file of timings, used again and extended", "FILE"),
        _option("weight_streaming", OptionKind.FLAG, "weights may stay in the computer's memory"),
        _option("sparse_weights", OptionKind.FLAG, "make use of weights that are sparse 2:4"),
        _option("strict_nans", OptionKind.FLAG, "NaN is never optimized away"),
        _option("require_user_allocation", OptionKind.FLAG, "the caller gives all device memory"),
        _option("refit", OptionKind.FLAG, "weights can be replaced later (needs a GPU)"),
        _option("strip_plan", OptionKind.FLAG, "an engine without weights, to be refitted (needs a GPU)"),
        _option("version_compatible", OptionKind.FLAG, "runs in later versions, too (needs a GPU)"),
    ),
)
