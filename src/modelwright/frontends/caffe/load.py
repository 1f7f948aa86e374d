"""From a request to a hub model: finds the files, reads and converts, and says what was noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import onnx_ir as ir

from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import ModelNotFoundError, UsageError
from modelwright.formats import NamedShape, TensorSpec, parse_named_shapes
from modelwright.frontends.caffe.builder import BatchFixed
from modelwright.frontends.caffe.caffemodel import TrainedNet, read_caffemodel
from modelwright.frontends.caffe.convert import convert_network
from modelwright.frontends.caffe.describe import summarize
from modelwright.frontends.caffe.interface import Interface, Port, choose_interface
from modelwright.frontends.caffe.locate import Parts, find_parts
from modelwright.frontends.caffe.matching import Matched, check_missing, match_weights
from modelwright.frontends.caffe.network import Network
from modelwright.frontends.caffe.opencv import opencv_differs
from modelwright.frontends.caffe.operators import FACTS, caffe_layers
from modelwright.frontends.caffe.originals import originals
from modelwright.frontends.caffe.phases import State
from modelwright.frontends.caffe.prototxt import read_prototxt
from modelwright.frontends.manifest import Imported, LoadRequest, SourceTensor
from modelwright.hub.opset import DEFAULT_OPSET, check_opset
from modelwright.hub.shapes import dims_of

_PHASES: Final = ("TEST", "TRAIN")
_SHOWN: Final = 8


def load(request: LoadRequest) -> Imported:
    """Reads and converts a Caffe model.

    Args:
        request: Path (stem, prototxt, caffemodel or folder), options and opset.

    Raises:
        UserError: A file is missing, damaged or unsupported, or an option does not fit the net.
    """
    options = request.options
    opset = check_opset(request.opset or DEFAULT_OPSET)
    caffe_layers()
    named = options.get("caffemodel")
    parts = find_parts(request.path, None if named is None else Path(named))
    network = read_prototxt(_need_net(parts, request.path), _state(options))
    trained = None if parts.caffemodel is None else read_caffemodel(parts.caffemodel)
    matched = match_weights(network, trained)
    interface, model, fixed = _convert(network, matched, trained, options, opset)
    files = [network.path, *([] if trained is None else [trained.path])]
    return Imported(
        model=model,
        summary=replace(summarize(network, trained, request.format, files), outputs=_specs(model, interface)),
        files=tuple(files),
        done=_phrases(network, matched, interface, opset),
        notices=tuple(_notices(parts, network, matched, interface, fixed)),
        inputs=tuple(SourceTensor(name=port.name, source=port.blob) for port in interface.inputs),
        outputs=tuple(SourceTensor(name=port.name, source=port.blob) for port in interface.outputs),
        expected=tuple(TensorSpec(name=port.name, dtype="float32", shape=None) for port in interface.outputs),
        details=_run_details(network, trained, interface),
        originals=originals(network, trained, interface),
    )


def _specs(model: ir.Model, interface: Interface) -> tuple[TensorSpec, ...]:
    """The outputs under the source's names, with the shapes that conversion found."""
    return tuple(
        TensorSpec(name=port.blob, dtype="float32", shape=dims_of(value.shape))
        for port, value in zip(interface.outputs, model.graph.outputs, strict=True)
    )


def _need_net(parts: Parts, path: Path) -> Path:
    if parts.prototxt is None:
        raise ModelNotFoundError(
            f"no prototxt belongs to {path}: a caffemodel holds the net as it was trained, not as it is used",
            hint="name the deploy.prototxt: --prototxt FILE.prototxt --caffemodel FILE.caffemodel",
        )
    return parts.prototxt


def _state(options: Mapping[str, Any]) -> State:
    phase = options.get("phase")
    if phase is not None and phase.upper() not in _PHASES:
        raise UsageError(f"there is no phase {phase!r}", hint="the phases are TEST and TRAIN")
    stages = options.get("stage")
    return State(
        phase=None if phase is None else phase.upper(),
        level=options.get("level"),
        stages=None if stages is None else tuple(stages),
    )


def _convert(
    network: Network, matched: Matched, trained: TrainedNet | None, options: Mapping[str, Any], opset: int
) -> tuple[Interface, ir.Model, str]:
    """Converts; with an open batch first where that is wanted. Gives also why the batch could not stay open."""
    if not options.get("dynamic_batch"):
        interface = _interface(network, options, dynamic_batch=False)
        check_missing([step.layer for step in interface.steps], matched, network, given=trained is not None)
        return interface, convert_network(network, interface, matched, opset=opset), ""
    interface = _interface(network, options, dynamic_batch=True)
    check_missing([step.layer for step in interface.steps], matched, network, given=trained is not None)
    try:
        return interface, convert_network(network, interface, matched, opset=opset), ""
    except BatchFixed as error:
        interface = _interface(network, options, dynamic_batch=False)
        return interface, convert_network(network, interface, matched, opset=opset), error.message


def _interface(network: Network, options: Mapping[str, Any], *, dynamic_batch: bool) -> Interface:
    return choose_interface(
        network,
        inputs=_named(options.get("inputs", ())),
        outputs=_named(options.get("outputs", ())),
        rename_inputs=options.get("rename_inputs", ()),
        rename_outputs=options.get("rename_outputs", ()),
        dynamic_batch=dynamic_batch,
    )


def _named(texts: Sequence[str]) -> tuple[NamedShape, ...]:
    return parse_named_shapes(",".join(texts)) if texts else ()


def _phrases(network: Network, matched: Matched, interface: Interface, opset: int) -> tuple[str, ...]:
    kind = "" if network.generation == "current" else f" ({network.generation} format)"
    count = len(interface.steps)
    weighted = sum(step.layer.name in matched.weights for step in interface.steps)
    return (
        f"{network.path.name}{kind}: {count} layer{'s' * (count != 1)}",
        *([f"weights of {weighted} from {matched.source}"] if weighted else []),
        f"converted to ONNX opset {opset}",
    )


def _notices(
    parts: Parts, network: Network, matched: Matched, interface: Interface, fixed: str
) -> Iterator[Diagnostic]:
    for text in (*parts.notes, *network.notes):
        yield _remark(text)
    if interface.dropped:
        yield _remark(f"layers that only training and testing need were dropped: {_listed(interface.dropped)}")
    if matched.stale:
        yield _remark(f"{matched.source} has weights of layers that the net does not have: {_listed(matched.stale)}")
    if fixed:
        yield _remark(f"the batch size stays fixed: {fixed}", Level.WARNING)
    for step in interface.steps:
        own = FACTS.messages.get(step.layer.type)
        idle = [name for name in step.layer.params if name not in (own, "transform_param", "loss_param")]
        if idle:
            yield _remark(f"{step.layer.type} {step.layer.name!r} does not use {', '.join(idle)}; Caffe ignores it too")


def _remark(text: str, level: Level = Level.NOTICE) -> Diagnostic:
    return Diagnostic(level=level, message=text, stage="import")


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _run_details(network: Network, trained: TrainedNet | None, interface: Interface) -> dict[str, Any]:
    """What running the net in OpenCV needs: files, the layer and top behind each output, what it does otherwise."""
    declared = [(item.name, 0) for item in network.inputs]
    makers = {port.blob: _maker(port, interface) for port in interface.outputs}
    types = {step.layer.name: step.layer.type for step in interface.steps}
    return {
        "path": network.path,
        "caffemodel": None if trained is None else trained.path,
        "output_layers": makers,
        "detections": [blob for blob, maker in makers.items() if maker and types[maker[0]] == "DetectionOutput"],
        "differs": opencv_differs(step.layer for step in interface.steps),
        "cut_inputs": any(port.version not in declared for port in interface.inputs),
    }


def _maker(port: Port, interface: Interface) -> tuple[str, int] | None:
    for step in interface.steps:
        if port.version in step.makes:
            return step.layer.name, step.makes.index(port.version)
    return None
