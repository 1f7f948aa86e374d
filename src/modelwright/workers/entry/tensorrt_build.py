"""Builds a TensorRT engine. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has ``tensorrt_rtx`` or ``tensorrt``, and imports nothing of modelwright.
The request:

    modules       names of modules to try, best first
    builds        those of them for which to build; with others, the answer says only which one is there
    model         the ONNX file; null to learn only which TensorRT is there
    output        the engine to write; null to parse only
    capabilities  compute capabilities as ``SM86``; used by ``tensorrt_rtx``, which builds for GPUs that are not there
    profiles      for each profile a table of input name to [smallest, usual, largest] shapes
    level         optimization level, or null
    flags         names of builder flags
    timing_cache  a file to read, if it is there, and to write; or null

The answer has ``framework``, ``module``, ``built`` and, if not, ``errors``: rows with ``code``, ``node``, ``operator``
and ``text``. ``cache`` says whether timings were found; ``shapes`` are those of the parsed network's inputs and outputs
by name, with -1 for open sizes, and null where the rank is open.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from worker_exchange import WorkFault, answer, import_first, request_in


def logger_of(trt: Any, messages: list[str]) -> Any:
    """A logger that keeps errors."""

    class Logger(trt.ILogger):
        """Keeps what is an error."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            """Takes a message."""
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                messages.append(message)

    return Logger()


def parse(trt: Any, builder: Any, logger: Any, path: str) -> tuple[Any, Any, list[dict[str, Any]]]:
    """The network, the parser that owns its weights, and what the parser has to complain of."""
    flags = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(flags)
    parser = trt.OnnxParser(network, logger)
    if parser.parse_from_file(path):
        return network, parser, []
    rows = [parser.get_error(index) for index in range(parser.num_errors)]
    errors = [
        {
            "code": str(row.code()).rpartition(".")[2],
            "node": row.node_name(),
            "operator": row.node_operator(),
            "text": row.desc(),
        }
        for row in rows
    ]
    return network, parser, errors or [{"code": "parser", "node": "", "operator": "", "text": "the parser refuses it"}]


def configure(trt: Any, builder: Any, network: Any, request: dict[str, Any]) -> Any:
    """The settings of the build."""
    config = builder.create_builder_config()
    if hasattr(trt, "ComputeCapability") and request["capabilities"]:
        config.num_compute_capabilities = len(request["capabilities"])
        for place, name in enumerate(request["capabilities"]):
            config.set_compute_capability(getattr(trt.ComputeCapability, name), place)
    if request["level"] is not None:
        config.builder_optimization_level = request["level"]
    for name in request["flags"]:
        config.set_flag(getattr(trt.BuilderFlag, name))
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    shape_tensors = {
        network.get_input(index).name for index in range(network.num_inputs) if network.get_input(index).is_shape_tensor
    }
    for shapes in request["profiles"]:
        profile = builder.create_optimization_profile()
        for name, (low, usual, high) in shapes.items():
            if name in shape_tensors:
                raise WorkFault("name", f"input {name!r} holds sizes; profiles of such inputs are not supported")
            profile.set_shape(name, low, usual, high)
        if config.add_optimization_profile(profile) < 0:
            raise WorkFault("run", f"the profile {shapes} is refused")
    return config


def shapes_of(network: Any) -> dict[str, list[int] | None]:
    """Shapes of the inputs and outputs by name, as the parser understood them."""
    inputs = [network.get_input(index) for index in range(network.num_inputs)]
    outputs = [network.get_output(index) for index in range(network.num_outputs)]
    return {tensor.name: shape_of(tensor) for tensor in inputs + outputs}


def shape_of(tensor: Any) -> list[int] | None:
    """The shape of a tensor; None when its rank is open, which TensorRT says with a length below 0."""
    try:
        return [int(dim) for dim in tensor.shape]
    except ValueError:
        return None


def timings(config: Any, path: str | None) -> tuple[Any, bool]:
    """The cache of timings set in the configuration, and whether any were there."""
    if path is None:
        return None, False
    found = Path(path).read_bytes() if Path(path).is_file() else b""
    cache = config.create_timing_cache(found)
    config.set_timing_cache(cache, False)
    return cache, bool(found)


def store(path: str, data: Any) -> None:
    """Writes a file under another name first."""
    part = Path(f"{path}.part")
    part.write_bytes(data)
    os.replace(part, path)  # noqa: PTH105  the other name is gone in one step


def build(request: dict[str, Any]) -> dict[str, Any]:
    """Does what the request asks and returns the reply's data."""
    trt = import_first(request["modules"])
    module = trt.__name__
    data = {"framework": f"{'TensorRT-RTX' if module.endswith('rtx') else 'TensorRT'} {trt.__version__}"}
    data["module"] = module
    if request["model"] is None or (request["output"] is not None and module not in request["builds"]):
        return {**data, "built": False, "errors": [], "cache": False}
    messages: list[str] = []
    logger = logger_of(trt, messages)
    builder = trt.Builder(logger)
    if builder is None or not hasattr(builder, "create_network"):
        raise WorkFault("run", "; ".join(messages) or "no builder")
    network, _parser, errors = parse(trt, builder, logger, request["model"])
    if errors or request["output"] is None:
        return {**data, "built": not errors, "errors": errors, "cache": False}
    config = configure(trt, builder, network, request)
    cache, found = timings(config, request["timing_cache"])
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        text = "; ".join(messages[-3:]) or "the builder gives no reason"
        return {**data, "built": False, "errors": [{"code": "BUILD", "node": "", "operator": "", "text": text}]}
    store(request["output"], engine)
    if cache is not None:
        store(request["timing_cache"], config.get_timing_cache().serialize())
    return {**data, "built": True, "errors": [], "cache": found, "shapes": shapes_of(network)}


def run(folder: str) -> dict[str, Any]:
    """Does what the request asks and returns the reply's data."""
    request, _ = request_in(folder)
    return build(request)


if __name__ == "__main__":
    answer(run, sys.argv[1])
