"""Tries models in TensorRT: parses each and builds an engine of it. Stand-alone; see ``trial_jobs``.

TensorRT-RTX builds without a GPU when it is told what to build for. Jobs that are to be ``run`` are built, others are
only parsed; nothing is ever run.
"""

from __future__ import annotations

import sys
from typing import Any

from trial_jobs import Refusal, main


def open_engine() -> tuple[Any, str]:
    """A function that tries one model, and what the engine is called."""
    import tensorrt_rtx as trt

    messages: list[str] = []

    class Logger(trt.ILogger):
        """Keeps errors."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            """Takes a message."""
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                messages.append(message)

    logger = Logger()
    builder = trt.Builder(logger)

    def attempt(job: dict[str, Any]) -> str:
        messages.clear()
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
        parser = trt.OnnxParser(network, logger)
        if not parser.parse_from_file(job["path"]):
            errors = [parser.get_error(index) for index in range(parser.num_errors)]
            worst = errors[-1] if errors else None
            if worst is None:
                raise Refusal("load", "parser", " ".join(messages) or "the parser refuses it")
            raise Refusal("load", str(worst.code()).rpartition(".")[2], worst.desc(), worst.node_name())
        if not job["single"]:
            _check_sizes(network)
        if not job["run"]:
            return "load"
        config = builder.create_builder_config()
        config.num_compute_capabilities = 1
        config.set_compute_capability(trt.ComputeCapability.SM89, 0)
        _add_profile(builder, config, network, job)
        if builder.build_serialized_network(network, config) is None:
            raise Refusal("run", "builder", " ".join(messages[-2:]) or "the builder refuses it")
        return "run"

    return attempt, f"TensorRT-RTX {trt.__version__}"


def _check_sizes(network: Any) -> None:
    """Inputs of a model must not hold sizes: nobody says which values the engine is to be built for."""
    names = [
        network.get_input(index).name for index in range(network.num_inputs) if network.get_input(index).is_shape_tensor
    ]
    if names:
        raise Refusal("load", "sizes", f"input {names[0]!r} holds sizes, which must be constants")


def _add_profile(builder: Any, config: Any, network: Any, job: dict[str, Any]) -> None:
    """One size for every open dimension, as the feeds say."""
    sizes = {feed["name"]: feed["shape"] for feed in job["feeds"]}
    profile, used = builder.create_optimization_profile(), False
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        if tensor.is_shape_tensor and tensor.name in sizes:
            count = 1
            for size in sizes[tensor.name]:
                count *= size
            profile.set_shape_input(tensor.name, [1] * count, [1] * count, [1] * count)
            used = True
        elif -1 in tuple(tensor.shape) and tensor.name in sizes:
            shape = sizes[tensor.name]
            profile.set_shape(tensor.name, shape, shape, shape)
            used = True
    if used:
        config.add_optimization_profile(profile)


if __name__ == "__main__":
    main(sys.argv[1], open_engine)
