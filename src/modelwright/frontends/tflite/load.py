"""From a request to a hub model: reads and converts, and says what the source calls its tensors."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from modelwright.diagnostics import Diagnostic, Level, ModelSummary
from modelwright.formats import Format, TensorSpec
from modelwright.frontends.manifest import Imported, LoadRequest, SourceTensor
from modelwright.frontends.tflite.convert import convert_model
from modelwright.frontends.tflite.interface import Interface, Port, choose_interface
from modelwright.frontends.tflite.model import LiteModel, LiteTensor, Subgraph
from modelwright.frontends.tflite.quantization import is_quantized
from modelwright.frontends.tflite.reader import read_tflite
from modelwright.hub.dtypes import dtype_name
from modelwright.hub.opset import DEFAULT_OPSET, check_opset


def load(request: LoadRequest) -> Imported:
    """Reads and converts a TFLite model.

    Args:
        request: Path, format, options and opset.

    Raises:
        UserError: The model is missing, damaged or unsupported, or an option does not fit it.
    """
    options = request.options
    opset = check_opset(request.opset or DEFAULT_OPSET)
    dequantize = bool(options.get("dequantize"))
    model = read_tflite(request.path)
    interface = choose_interface(
        model,
        signature=options.get("signature_def"),
        rename_inputs=options.get("rename_inputs", ()),
        rename_outputs=options.get("rename_outputs", ()),
    )
    hub = convert_model(model, interface, opset=opset, dequantize=dequantize)
    graph = model.subgraphs[interface.subgraph]
    return Imported(
        model=hub,
        summary=summarize(model, interface, request.path, request.format),
        files=(request.path,),
        done=_phrases(graph, opset, dequantize=dequantize),
        notices=_notices(graph, dequantize=dequantize),
        inputs=_bindings(interface.inputs),
        outputs=_bindings(interface.outputs),
        expected=tuple(_spec(graph, port, dequantize=dequantize) for port in interface.outputs),
        details={
            "path": request.path,
            "subgraph": interface.subgraph,
            "signature": interface.signature,
            "dequantize": dequantize,
            "rounds_between_layers": bool(_quantization(graph)),
            "input_tensors": {port.source: port.index for port in interface.inputs},
            "output_tensors": {port.source: port.index for port in interface.outputs},
        },
    )


def describe(path: Path, source: Format) -> ModelSummary:
    """What a model holds, without converting it.

    Raises:
        ModelNotFoundError: The file is missing.
        ModelFormatError: It is damaged.
    """
    model = read_tflite(path)
    return summarize(model, choose_interface(model), path, source)


def summarize(model: LiteModel, interface: Interface, path: Path, source: Format) -> ModelSummary:
    """Inputs and outputs of what is converted; operators and weights of all graphs of the file."""
    graph = model.subgraphs[interface.subgraph]
    operators = Counter(operator.name for item in model.subgraphs for operator in item.operators)
    weights = [tensor.data for item in model.subgraphs for tensor in item.tensors if tensor.data is not None]
    return ModelSummary(
        format=source.label,
        inputs=tuple(_spec(graph, port, dequantize=False) for port in interface.inputs),
        outputs=tuple(_spec(graph, port, dequantize=False) for port in interface.outputs),
        operators=dict(sorted(operators.items(), key=lambda item: (-item[1], item[0]))),
        parameters=sum(array.size for array in weights if array.ndim),
        weight_bytes=sum(array.nbytes for array in weights if array.ndim),
        file_bytes=path.stat().st_size,
        details=_details(model, graph),
    )


def _details(model: LiteModel, graph: Subgraph) -> dict[str, Any]:
    """Facts that only TFLite's models have; empty ones are left out."""
    facts: dict[str, Any] = {
        "schema_version": model.version,
        "producer": model.description,
        "graphs": len(model.subgraphs) if len(model.subgraphs) > 1 else 0,
        "quantization": _quantization(graph),
        "metadata": list(model.metadata),
        "signatures": {
            item.key: {"inputs": sorted(item.inputs), "outputs": sorted(item.outputs)} for item in model.signatures
        },
    }
    return {name: value for name, value in facts.items() if value}


def _quantization(graph: Subgraph) -> str:
    """What is quantized: ``int8 weights, int8 activations``; empty for nothing."""
    weights = sorted(
        {_kind(item) for item in graph.tensors if is_quantized(item) and item.data is not None} - {"int32"}
    )
    activations = sorted({_kind(item) for item in graph.tensors if is_quantized(item) and item.data is None})
    parts = [
        f"{'/'.join(kinds)} {what}" for kinds, what in ((weights, "weights"), (activations, "activations")) if kinds
    ]
    return ", ".join(parts)


def _kind(tensor: LiteTensor) -> str:
    return dtype_name(tensor.dtype)


def _bindings(ports: tuple[Port, ...]) -> tuple[SourceTensor, ...]:
    return tuple(SourceTensor(name=port.name, source=port.source) for port in ports)


def _spec(graph: Subgraph, port: Port, *, dequantize: bool) -> TensorSpec:
    tensor = graph.tensors[port.index]
    dtype = "float32" if dequantize and is_quantized(tensor) else dtype_name(tensor.dtype)
    return TensorSpec(name=port.name, dtype=dtype, shape=tensor.signature)


def _phrases(graph: Subgraph, opset: int, *, dequantize: bool) -> tuple[str, ...]:
    quantized = _quantization(graph)
    kept = f"quantization {'removed' if dequantize else 'kept'} ({quantized})" if quantized else ""
    return (*([kept] if kept else []), f"converted to ONNX opset {opset}")


def _notices(graph: Subgraph, *, dequantize: bool) -> tuple[Diagnostic, ...]:
    quantized = _quantization(graph)
    if not quantized or dequantize or "activations" in quantized:
        return ()
    text = (
        "weights are stored as integers and activations as floats: TFLite rounds activations to 8 bits while it runs, "
        "the ONNX model does not and is the more precise one"
    )
    return (Diagnostic(level=Level.NOTICE, message=text, stage="import"),)
