"""What an ``.om`` file holds, told without loading its weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError

from modelwright.backends.ascend.om.container import (
    HEADER_BYTES,
    Container,
    PartitionKind,
    damaged,
    read_container,
)
from modelwright.backends.ascend.om.dtypes import FRAMEWORKS
from modelwright.backends.ascend.om.graph import (
    distinct_graphs,
    gears,
    graph_inputs,
    graph_outputs,
    number_attribute,
    operator_counts,
    parameter_count,
    read_model,
    text_attribute,
)
from modelwright.backends.ascend.om.interface import Interface, read_interface
from modelwright.diagnostics import ModelSummary
from modelwright.schemas.pool import load_schema

LABEL: Final = "Ascend offline model"
GEAR_INPUT: Final = "ascend_mbatch_shape_data"
"""The input by which the application says which gear it uses; the compiler adds it."""


def summarize(path: Path) -> ModelSummary:
    """Header, partitions, chip, compiler's command line, inputs, outputs, gears and operators of a file.

    Raises:
        ModelNotFoundError: The file cannot be read.
        ModelFormatError: It is no ``.om``, truncated or damaged.
    """
    container = read_container(path)
    models = [] if container.header.encrypted else _models(container)
    first = models[0] if models else None
    interface = _interface(container, first)
    graphs = distinct_graphs(models)
    return ModelSummary(
        format=LABEL,
        inputs=interface.inputs,
        outputs=interface.outputs,
        operators=operator_counts(graphs),
        parameters=parameter_count(graphs),
        weight_bytes=sum(item.size for item in container.of_kind(PartitionKind.WEIGHTS_DATA)),
        file_bytes=path.stat().st_size,
        details=dict(_details(container, first)),
        weights_known=bool(models),
    )


def _models(container: Container) -> list[Any]:
    parts = container.of_kind(PartitionKind.MODEL_DEF)
    return [read_model(container.read(item), container.path) for item in parts if item.size]


def _interface(container: Container, model: Any) -> Interface:
    """The tensors of the partition that lists them, else those of the graph."""
    if not container.header.encrypted:
        for item in container.of_kind(PartitionKind.MODEL_INOUT_INFO):
            return read_interface(container.read(item), container.path)
    return Interface() if model is None else Interface(inputs=graph_inputs(model), outputs=graph_outputs(model))


def _details(container: Container, model: Any) -> Iterator[tuple[str, Any]]:
    header = container.header
    yield "name", header.name or (model.name if model is not None else "")
    yield "kind", f"{header.kind}{', encrypted' if header.encrypted else ''}"
    if model is not None:
        yield from _compiler(model)
        kind, sizes = gears(model)
        if sizes:
            yield f"gears of {kind}", ["x".join(str(size) for size in gear) for gear in sizes]
    if header.platform:
        yield "platform", header.platform
    yield "container", f"version {header.version:#x}, IR version {header.ir_version}"
    yield "partitions", [_partition(container, index) for index in range(len(container.partitions))]
    submodels = list(_submodels(container))
    if submodels:
        yield "submodels", submodels


def _compiler(model: Any) -> Iterator[tuple[str, str]]:
    texts = {
        "chip": ("soc_version",),
        "compiler": ("atc_version",),
        "operator_package": ("opp_version",),
        "command_line": ("atc_cmdline",),
        "host": ("host_env_os",),
    }
    for label, names in texts.items():
        found = text_attribute(model, *names)
        if found:
            yield label, found
    framework = number_attribute(model, "framework_type")
    if framework is not None:
        yield "source", FRAMEWORKS.get(framework, f"framework {framework}")
    memory = number_attribute(model, "memory_size")
    if memory:
        yield "device_memory", f"{memory:,} bytes for activations"


def _partition(container: Container, index: int) -> str:
    item = container.partitions[index]
    model = f"model {item.model}: " if container.header.models > 1 else ""
    return f"{model}{item.label} {item.size:,} bytes"


def _submodels(container: Container) -> Iterator[str]:
    """The models inside a flow model, each an ``.om`` of its own."""
    if container.header.encrypted:
        return
    for item in container.of_kind(PartitionKind.FLOW_SUBMODEL):
        data = container.read(item)
        try:
            found = load_schema("ascend").message("SubmodelDef").FromString(data)
        except DecodeError as error:
            raise damaged(container.path, f"a submodel cannot be decoded ({error})") from error
        yield _submodel(container, item.offset + data.find(found.om_data), found)


def _submodel(container: Container, start: int, found: Any) -> str:
    if len(found.om_data) < HEADER_BYTES:
        return f"{found.model_name} on {found.model_type}"
    inner = read_container(container.path, start=start, size=len(found.om_data))
    counts = operator_counts(distinct_graphs(_models(inner)))
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"{found.model_name} on {found.model_type}: {listed}"
