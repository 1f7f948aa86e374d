"""From a request to a hub model: reads, freezes and converts, and says what the source calls its tensors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelwright.diagnostics import Diagnostic, Level, ModelSummary
from modelwright.errors import ConversionError, UsageError
from modelwright.formats import Format, NamedShape, TensorSpec, parse_named_shape
from modelwright.frontends.manifest import Imported, LoadRequest, SideFile, SourceTensor
from modelwright.frontends.tensorflow.attributes import dtype_from_number
from modelwright.frontends.tensorflow.boundary import Request
from modelwright.frontends.tensorflow.convert import ConvertOptions, convert_graph
from modelwright.frontends.tensorflow.freeze_file import save_frozen_graph
from modelwright.frontends.tensorflow.interface import input_names, matching, output_names
from modelwright.frontends.tensorflow.messages import DATA_TYPES
from modelwright.frontends.tensorflow.op_libraries import library_operators
from modelwright.frontends.tensorflow.originals import originals
from modelwright.frontends.tensorflow.places import readable_model, runnable, source_files
from modelwright.frontends.tensorflow.reader import GraphTensor, TensorFlowModel, read_model
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.opset import DEFAULT_OPSET, check_opset

KINDS = {
    Format.TF_GRAPHDEF: "graphdef",
    Format.TF_SAVED_MODEL: "saved_model",
    Format.TF_CHECKPOINT: "checkpoint",
    Format.TFJS: "tfjs",
}
"""What the reader calls the formats."""


def load(request: LoadRequest) -> Imported:
    """Reads and converts a TensorFlow model.

    Args:
        request: Path, format, options and opset.

    Raises:
        UserError: The model is missing, damaged or unsupported, or an option does not fit it.
        ToolError: A Keras model's interpreter is missing or fails.
    """
    options = request.options
    op_list = library_operators(tuple(options.get("load_op_libraries", ())), request.python)
    readable, exported = readable_model(request)
    opset = check_opset(request.opset or DEFAULT_OPSET)
    model = read_model(
        readable.path,
        kind=KINDS[readable.format],
        tag=",".join(options["tag"]) if "tag" in options else None,
        signature="serving_default" if request.format is Format.KERAS else options.get("signature_def"),
        concrete_function=options.get("concrete_function"),
        inputs=_tensors(options.get("inputs", ())),
        outputs=_tensors(options.get("outputs", ())),
        use_graph_names=bool(options.get("use_graph_names")),
        use_default=options.get("use_default", ()),
        ignore_default=options.get("ignore_default", ()),
        op_list=op_list,
    )
    settings = _convert_options(options, opset)
    warnings: list[Diagnostic] = []
    _require_ranks(model)
    hub = convert_graph(model, settings, warnings)
    inputs = input_names(model, settings.rename_inputs)
    outputs = output_names(model, settings.rename_outputs, inputs)
    by_name = readable.format is not Format.TFJS
    bound_inputs = _bindings(model.inputs, inputs, settings.inputs_as_nchw, "input", by_name=by_name)
    bound_outputs = _bindings(model.outputs, outputs, settings.outputs_as_nchw, "output", by_name=by_name)
    return Imported(
        model=hub,
        summary=summarize(model, request),
        files=source_files(request.path, request.format),
        done=(*exported, *_phrases(model, opset)),
        notices=(*(Diagnostic(level=Level.NOTICE, message=text, stage="import") for text in model.notices), *warnings),
        inputs=bound_inputs,
        outputs=bound_outputs,
        expected=_promised(model, settings),
        details={
            **runnable(readable, model),
            "tags": options.get("tag"),
            "signature": options.get("signature_def"),
            "concrete_function": options.get("concrete_function"),
            "op_libraries": tuple(options.get("load_op_libraries", ())),
            "graph_tensors": {
                name: tensor.tensor
                for name, tensor in zip((*inputs, *outputs), (*model.inputs, *model.outputs), strict=True)
            },
        },
        side_files=_frozen_graph(model) if "output_frozen_graph" in options else (),
        originals=originals(model, bound_inputs, bound_outputs),
    )


def _frozen_graph(model: TensorFlowModel) -> tuple[SideFile, ...]:
    return (SideFile(option="output_frozen_graph", write=lambda path: save_frozen_graph(model, path)),)


def summarize(model: TensorFlowModel, request: LoadRequest) -> ModelSummary:
    """What the frozen graph holds."""
    nodes = [*model.graph.node, *(node for function in model.graph.library.function for node in function.node_def)]
    operators = Counter(node.op for node in nodes if node.op != "Const")
    sizes = [_constant_size(node) for node in nodes if node.op == "Const"]
    return ModelSummary(
        format=request.format.label,
        inputs=tensor_specs(model.inputs),
        outputs=tensor_specs(model.outputs),
        operators=dict(sorted(operators.items(), key=lambda item: (-item[1], item[0]))),
        parameters=sum(count for count, _ in sizes),
        weight_bytes=sum(size for _, size in sizes),
        file_bytes=sum(path.stat().st_size for path in source_files(request.path, request.format)),
        details={"variables": model.variables} if model.variables else {},
    )


def tensor_specs(tensors: Iterable[GraphTensor]) -> tuple[TensorSpec, ...]:
    """The tensors with their ONNX dtypes."""
    return tuple(TensorSpec(name=item.name, dtype=_dtype(item), shape=item.shape) for item in tensors)


def _dtype(tensor: GraphTensor) -> str:
    return dtype_name(dtype_from_number(tensor.dtype)) if tensor.dtype else "unknown"


def _constant_size(node: Any) -> tuple[int, int]:
    """Elements and bytes of a constant that is a weight; scalars and lists of sizes or axes are none."""
    tensor = node.attr["value"].tensor
    sizes = [dim.size for dim in tensor.tensor_shape.dim]
    if not sizes or (len(sizes) == 1 and tensor.dtype in _INDEX_TYPES):
        return 0, 0
    count = math.prod(sizes)
    bits = dtype_from_number(tensor.dtype).bitwidth if tensor.dtype != _STRING else 0
    return count, count * bits // 8


_STRING = DATA_TYPES["DT_STRING"]
_INDEX_TYPES = frozenset({DATA_TYPES["DT_INT32"], DATA_TYPES["DT_INT64"]})


def _tensors(texts: Sequence[str]) -> Request:
    return [(item.name, _sizes(item)) for item in map(parse_named_shape, texts)]


def _sizes(item: NamedShape) -> tuple[int | None, ...] | None:
    if item.shape is None:
        return None
    symbols = [dim for dim in item.shape if isinstance(dim, str)]
    if symbols:
        raise UsageError(f"{item}: TensorFlow's dimensions have no names", hint=f"write -1 for {', '.join(symbols)}")
    return tuple(dim for dim in item.shape if not isinstance(dim, str))


def _convert_options(options: Mapping[str, Any], opset: int) -> ConvertOptions:
    return ConvertOptions(
        opset=opset,
        inputs_as_nchw=tuple(options.get("inputs_as_nchw", ())),
        outputs_as_nchw=tuple(options.get("outputs_as_nchw", ())),
        rename_inputs=tuple(options.get("rename_inputs", ())),
        rename_outputs=tuple(options.get("rename_outputs", ())),
        custom_ops=options.get("custom_ops", {}),
        extra_opsets=options.get("extra_opset", {}),
        continue_on_error=bool(options.get("continue_on_error")),
    )


def _phrases(model: TensorFlowModel, opset: int) -> tuple[str, ...]:
    frozen = [f"{model.variables} variables became constants"] if model.variables else []
    return (*frozen, f"converted to ONNX opset {opset}")


def _require_ranks(model: TensorFlowModel) -> None:
    unknown = [tensor.name for tensor in model.inputs if tensor.shape is None]
    if unknown:
        raise ConversionError(
            f"the rank of {', '.join(repr(name) for name in unknown)} is unknown; inputs of ONNX models have one",
            hint=f"give shapes, with -1 for open sizes: --inputs {','.join(f'{name}[-1,...]' for name in unknown)}",
        )


def _bindings(
    tensors: Sequence[GraphTensor], names: Sequence[str], nchw: Sequence[str], kind: str, *, by_name: bool
) -> tuple[SourceTensor, ...]:
    turned = matching(tensors, nchw, kind)
    found: list[SourceTensor] = []
    for tensor, name in zip(tensors, names, strict=True):
        perm = _permutation(len(tensor.shape or ()), kind) if tensor.name in turned else None
        found.append(SourceTensor(name=name, source=tensor.name if by_name else tensor.tensor, perm=perm))
    return tuple(found)


def _permutation(rank: int, kind: str) -> tuple[int, ...]:
    """Channels last from channels first for an input; the way back for an output."""
    return (0, *range(2, rank), 1) if kind == "input" else (0, rank - 1, *range(1, rank - 1))


def _promised(model: TensorFlowModel, settings: ConvertOptions) -> tuple[TensorSpec, ...]:
    turned = matching(model.outputs, settings.outputs_as_nchw, "output")
    names = output_names(model, settings.rename_outputs, input_names(model, settings.rename_inputs))
    found: list[TensorSpec] = []
    for tensor, name in zip(model.outputs, names, strict=True):
        shape = tensor.shape
        if shape is not None and tensor.name in turned:
            shape = (shape[0], shape[-1], *shape[1:-1])
        found.append(TensorSpec(name=name, dtype=_dtype(tensor), shape=shape))
    return tuple(found)
