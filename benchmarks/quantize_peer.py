"""Quantizes a model with one peer, in its environment: `python quantize_peer.py TOOL MODEL SAMPLES OUT [--count N]`.

``SAMPLES`` is a folder of `.npy` files, a batch each, for a model of one input. Every tool has the settings that its
documentation gives for int8 on processors: weights per channel, activations in 8 bits, Q/DQ pairs. Samples are read
when the tool asks for them, if it lets one.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a tool is given.

    Attributes:
        model: The model in float32.
        samples: Files with a batch each.
        out: Where the quantized model goes.
        transformer: Whether the network is one, for tools that want to be told.
    """

    model: Path
    samples: list[Path]
    out: Path
    transformer: bool = False

    def input_name(self) -> str:
        """Name of the model's input."""
        import onnx

        model = onnx.load(self.model, load_external_data=False)
        weights = {weight.name for weight in model.graph.initializer}
        return next(item.name for item in model.graph.input if item.name not in weights)


class Reader:
    """Samples in the form that calibrators of ONNX Runtime's kind read them."""

    def __init__(self, work: Work) -> None:
        self._name, self._samples = work.input_name(), work.samples
        self.rewind()

    def __len__(self) -> int:
        return len(self._samples)

    def set_range(self, start_index: int, end_index: int) -> None:
        """Goes on with a part of the samples."""
        self._left = iter(self._samples[start_index:end_index])

    def rewind(self) -> None:
        """Goes back to the start."""
        self._left: Iterator[Path] = iter(self._samples)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch, by input; None at the end."""
        path = next(self._left, None)
        return None if path is None else {self._name: np.load(path)}


def onnxruntime(work: Work, method: str) -> None:
    """`quant_pre_process`, whose symbolic inference gives up on some models, then `quantize_static`."""
    from onnxruntime import quantization as q
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory(dir=work.out.parent) as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        large = work.model.with_name(work.model.name + ".data").is_file()
        quant_pre_process(work.model, prepared, save_as_external_data=large, skip_symbolic_shape=True)
        q.quantize_static(
            prepared, work.out, Reader(work), quant_format=q.QuantFormat.QDQ, per_channel=True,
            activation_type=q.QuantType.QUInt8, weight_type=q.QuantType.QInt8, use_external_data_format=large,
            calibrate_method=q.CalibrationMethod[method],
        )  # fmt: skip


def nncf(work: Work) -> None:
    """`nncf.quantize` with the mixed preset: weights symmetric, activations not."""
    import nncf
    import onnx

    name = work.input_name()
    data = nncf.Dataset(work.samples, lambda path: {name: np.load(path)})
    options: dict[str, Any] = {"model_type": nncf.ModelType.TRANSFORMER} if work.transformer else {}
    model = nncf.quantize(
        onnx.load(work.model), data, preset=nncf.QuantizationPreset.MIXED, subset_size=len(work.samples), **options
    )
    onnx.save(model, work.out)


def xslim(work: Work) -> None:
    """`xslim -c config.json`, without its report."""
    import onnx
    import torch

    # Its package imports a torchvision that is built for another torch; nothing of it is used.
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    import xslim

    value = onnx.load(work.model, load_external_data=False).graph.input[0]
    shape = [dim.dim_value or 1 for dim in value.type.tensor_type.shape.dim]
    with tempfile.TemporaryDirectory(dir=work.out.parent) as scratch:
        listed = Path(scratch) / "list.txt"
        listed.write_text("".join(f"{path.resolve()}\n" for path in work.samples))
        entry = {"input_name": value.name, "input_shape": shape, "file_type": "npy", "data_list_path": str(listed)}
        config = {
            "model_parameters": {"working_dir": scratch, "output_prefix": "model.q"},
            "calibration_parameters": {"calibration_step": len(work.samples), "input_parameters": [entry]},
            "quantization_parameters": {"analysis_enable": False},
        }
        xslim.quantize_onnx_model(json.loads(json.dumps(config)), str(work.model), str(work.out))


def modelopt(work: Work, method: str) -> None:
    """`modelopt.onnx.quantization.quantize`."""
    from modelopt.onnx.quantization import quantize

    samples = np.concatenate([np.load(path) for path in work.samples])
    quantize(
        str(work.model), quantize_mode="int8", calibration_data={work.input_name(): samples}, calibration_method=method,
        calibration_eps=["cpu"], output_path=str(work.out), high_precision_dtype="fp32",
    )  # fmt: skip


def quark(work: Work, method: str, *, equalize: bool) -> None:
    """`quark.onnx.ModelQuantizer` with activations of uint8 and weights of int8 per channel."""
    from quark import onnx as q
    from quark.onnx.quantization.config.spec import CalibMethod, QuantGranularity

    found = q.UInt8Spec(calibration_method=CalibMethod[method])
    weights = q.Int8Spec(quant_granularity=QuantGranularity.Channel, calibration_method=CalibMethod.MinMax)
    layers = q.QLayerConfig(activation=found, weight=weights)
    config = q.QConfig(global_config=layers, algo_config=[q.CLEConfig()] if equalize else None)
    q.ModelQuantizer(config).quantize_model(str(work.model), str(work.out), Reader(work))


def neural_compressor(work: Work, method: str) -> None:
    """`onnx_neural_compressor.quantization.quantize`, the ONNX successor of Neural Compressor."""
    import onnxruntime
    from onnx_neural_compressor.quantization import CalibrationMethod, QuantFormat, QuantType, config, quantize

    settings = config.StaticQuantConfig(
        Reader(work), calibrate_method=CalibrationMethod[method], quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibration_sampling_size=len(work.samples),
    )  # fmt: skip
    basic = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    quantize(str(work.model), str(work.out), settings, optimization_level=basic)


TOOLS: dict[str, Callable[[Work], None]] = {
    "onnxruntime-minmax": partial(onnxruntime, method="MinMax"),
    "onnxruntime-entropy": partial(onnxruntime, method="Entropy"),
    "onnxruntime-percentile": partial(onnxruntime, method="Percentile"),
    "nncf": nncf,
    "xslim": xslim,
    "modelopt-max": partial(modelopt, method="max"),
    "modelopt-entropy": partial(modelopt, method="entropy"),
    "neural-compressor-minmax": partial(neural_compressor, method="MinMax"),
    "neural-compressor-percentile": partial(neural_compressor, method="Percentile"),
    "quark-minmax": partial(quark, method="MinMax", equalize=False),
    "quark-percentile": partial(quark, method="Percentile", equalize=False),
    "quark-percentile-cle": partial(quark, method="Percentile", equalize=True),
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("model", type=Path)
    parser.add_argument("samples", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=128, help="samples to use; default 128")
    parser.add_argument("--transformer", action="store_true")
    arguments = parser.parse_args()
    samples = sorted(arguments.samples.glob("*.npy"))[: arguments.count]
    work = Work(model=arguments.model.resolve(), samples=samples, out=arguments.out.resolve(),
                transformer=arguments.transformer)  # fmt: skip
    os.environ["TQDM_DISABLE"] = "1"
    TOOLS[arguments.tool](work)


if __name__ == "__main__":
    main()
