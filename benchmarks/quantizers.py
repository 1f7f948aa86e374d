"""The quantizers that are measured, each in its environment, and the networks that they quantize."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
OURS = "modelwright"
FORWARD = "forward only"
"""No quantizer: the samples run through the float model and nothing else, the least that a calibration costs."""
SAMPLES = 128

PEERS = {
    "onnxruntime-minmax": "onnxruntime",
    "onnxruntime-entropy": "onnxruntime",
    "onnxruntime-percentile": "onnxruntime",
    "nncf": "nncf",
    "xslim": "xslim",
    "modelopt-max": "modelopt",
    "modelopt-entropy": "modelopt",
    "neural-compressor-minmax": "neural-compressor",
    "quark-minmax": "quark",
    "quark-percentile": "quark",
    "quark-percentile-cle": "quark",
}
"""A peer's tool with its method, as `quantize_peer.py` names them, and the environment that it is in."""

PACKAGES = {
    "onnxruntime": "onnxruntime",
    "nncf": "nncf",
    "xslim": "xslim",
    "modelopt": "nvidia-modelopt",
    "neural-compressor": "onnx-neural-compressor",
    "quark": "amd-quark",
}
"""The package of each environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network in floats with the samples for its calibration and its test."""

    name: str
    model: Path
    samples: Path
    test: Path


def cache_path(variable: str, *default: str) -> Path:
    """A path from the environment, else one under ~/.cache/modelwright."""
    return Path(os.environ.get(variable) or Path.home().joinpath(".cache", "modelwright", *default))


def network(name: str) -> Network:
    """A network of `make_quantization_models.py`."""
    cache = cache_path("MODELWRIGHT_ORACLE_CACHE", "oracle")
    folder = cache / f"quantize_{name}"
    own = folder / "calibration"
    samples = own if own.is_dir() else cache / "quantize_pictures_224"
    return Network(name=name, model=folder / "model.onnx", samples=samples, test=folder / "test.npz")


def peer_python(environment: str) -> Path:
    """The interpreter of a peer's environment."""
    variable = f"MODELWRIGHT_{environment.upper().replace('-', '_')}_PYTHON"
    named = os.environ.get(variable)
    return Path(named) if named else cache_path("MODELWRIGHT_PEERS", "venvs") / environment / "bin" / "python"


def installed() -> list[str]:
    """The peers whose environment is there."""
    return [side for side, environment in PEERS.items() if peer_python(environment).is_file()]


def command(side: str, job: Network, out: Path, *, count: int = SAMPLES, flags: tuple[str, ...] = ()) -> list[str]:
    """How a side quantizes a network with the first samples, in a process of its own; ``flags`` are for ours."""
    if side == FORWARD:
        script = str(HERE / "forward_only.py")
        return [sys.executable, script, str(job.model), str(job.samples), "--count", str(count)]
    if side.startswith(OURS):
        program = str(Path(sys.executable).with_name("modelwright"))
        data = ["--data", str(job.samples), "--samples", str(count), "--output", str(out)]
        return [program, "quantize", str(job.model), *data, *flags]
    script = [str(peer_python(PEERS[side])), "-W", "ignore", str(HERE / "quantize_peer.py"), side]
    transformer = ["--transformer"] if job.name in ("attention", "large") else []
    return [*script, str(job.model), str(job.samples), str(out), "--count", str(count), *transformer]
