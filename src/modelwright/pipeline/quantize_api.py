"""``mw.quantize``: the same names as the flags of ``modelwright quantize``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from modelwright.diagnostics import Report
from modelwright.pipeline.quantize_request import NAMES, quantize_section, read_config, result_path
from modelwright.pipeline.request import build_recipe
from modelwright.pipeline.trusting import trusted_run

PathText = str | PathLike[str]
Names = str | Sequence[str]


def quantize(
    model: PathText,
    output: PathText | None = None,
    *,
    data: PathText | None = None,
    config: PathText | None = None,
    samples: int | None = None,
    batch_size: int | None = None,
    color: str | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    preset: str | None = None,
    preprocess: str | None = None,
    data_shape: Sequence[int] | None = None,
    trust: bool = False,
    data_python: PathText | None = None,
    statistics: PathText | None = None,
    save_statistics: PathText | None = None,
    precision: str | None = None,
    precision_level: int | None = None,
    activations: str | None = None,
    symmetric: bool = False,
    weights: str | None = None,
    per_tensor: bool = False,
    block: int | None = None,
    method: str | None = None,
    max_percentile: float | None = None,
    rules: str | None = None,
    ignore_op_types: Names | None = None,
    ignore_op_names: Names | None = None,
    truncate_at: Names | None = None,
    no_simplify: bool = False,
    fix: bool = False,
    report: bool = False,
    no_report: bool = False,
    finetune_level: int | None = None,
    min_cosine: float | None = None,
    max_drop: float | None = None,
    max_float: float | None = None,
    fallback: str | None = None,
    labels: PathText | None = None,
    metric: str | None = None,
    source_format: str | None = None,
    options: Mapping[str, object] | None = None,
    target_options: Mapping[str, object] | None = None,
) -> Report:
    """Calibrates a model of any format and writes it with integers.

    Args:
        model: File or folder of the model.
        output: The artifact to write; with a calibration file, by default what that says.
        data: Folder, list, ``.npz`` or ``.npy`` of inputs.
        config: Calibration file; the other arguments go before it.
        samples: Batches to use at most.
        batch_size: Samples in a batch.
        color: ``rgb`` or ``bgr``.
        mean: Subtracted from pixels of 0 to 255.
        std: What pixels are divided by then.
        preset: ``PT_IMAGENET`` or ``IMAGENET``.
        preprocess: ``file.py:func`` that reads the files.
        data_shape: Sizes of the input where the model leaves some open.
        trust: Whether Python files that are named may be run.
        data_python: Interpreter with what these import.
        statistics: Statistics of an earlier calibration to take instead of data.
        save_statistics: Where to write the statistics.
        precision: ``int8``, ``int16``, ``dynamic``, ``weights``, ``float16`` or ``float``.
        precision_level: The calibration file's levels: 0-4 or 100.
        activations: Dtype of activations.
        symmetric: Whether zero is in the middle of the activations' range.
        weights: Dtype of weights.
        per_tensor: One scale for a weight instead of one for each channel.
        block: A scale for every so many weights along the sum.
        method: ``default``, ``minmax``, ``percentile``, ``kl`` or ``mse``.
        max_percentile: For ``percentile``.
        rules: Placement rules; default from the output's target.
        ignore_op_types: Operators that stay float.
        ignore_op_names: Nodes that stay float.
        truncate_at: Tensors behind which all stays float.
        no_simplify: Do not optimize the graph before.
        fix: Fix what the doctor finds wrong with data and scales and knows to fix.
        report: Write ``<name>_report.md``, ``.html`` and ``.json`` for models of more than 512 MB, too.
        no_report: Write none.
        finetune_level: 0 nothing, 1 balanced channels, clipping and bias correction, 2 and 3 weight rounding too.
        min_cosine: Least cosine of every output; layers stay float until it is reached.
        max_drop: Largest drop of the metric, in its unit; layers stay float until it is reached.
        max_float: Largest share of the quantized tensors that may stay float.
        fallback: ``float`` or ``int16``, for the layers that are taken out of 8 bits.
        labels: File with the class of each sample, for top-1 as the metric.
        metric: ``file.py:func`` that gives the metric of a model; needs ``trust``.
        source_format: A format's name; default from the content.
        options: Further arguments of `convert` (``target``, ``opset``, ``free_dim_param``, ``reference``, ...).
        target_options: Options of the target.

    Raises:
        UserError: The model, the data or the settings must change.
        ToolError: A tool that was named failed.
        VerificationFailed: The artifact is written but is far from what the float model computes.
    """
    said = {name: value for name, value in locals().items() if name in NAMES}
    found = None if config is None else read_config(Path(config))
    section = quantize_section(said, found)
    settings = dict(options or {})
    if found is not None and found.model.opset is not None:
        settings.setdefault("opset", found.model.opset)
    recipe = build_recipe(
        model,
        result_path(output, found, Path(model)),
        settings,
        source_format=source_format,
        target_options=target_options,
        quantize=section,
    )
    return trusted_run(trust=trust, python=data_python)(recipe)
