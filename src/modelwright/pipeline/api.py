"""The Python interface to conversions: the same names as the long flags, with underscores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from modelwright.diagnostics import ModelSummary, Report
from modelwright.pipeline.argument_types import Names, PathText
from modelwright.pipeline.calibration_file import Config, jobs_with, run_jobs
from modelwright.pipeline.describe import describe
from modelwright.pipeline.repeat import run_file
from modelwright.pipeline.request import build_recipe
from modelwright.pipeline.run import run as run_recipe
from modelwright.pipeline.trusting import trusted_run


def convert(
    source: PathText,
    output: PathText,
    *,
    target: str | None = None,
    source_format: str | None = None,
    opset: int | None = None,
    onnxsim: bool = False,
    large_model: bool = False,
    checker: bool = False,
    inputs: Names | None = None,
    outputs: Names | None = None,
    free_dim_param: Names | Mapping[str, int] | None = None,
    free_dim_denotation: Names | Mapping[str, int] | None = None,
    rebatch: bool = False,
    tag: Names | None = None,
    signature_def: str | None = None,
    concrete_function: int | None = None,
    ignore_default: Names | None = None,
    use_default: Names | None = None,
    rename_inputs: Names | None = None,
    rename_outputs: Names | None = None,
    use_graph_names: bool = False,
    custom_ops: Names | Mapping[str, str] | None = None,
    extra_opset: Names | Mapping[str, int] | None = None,
    continue_on_error: bool = False,
    load_op_libraries: Names | None = None,
    output_frozen_graph: PathText | None = None,
    inputs_as_nchw: Names | None = None,
    outputs_as_nchw: Names | None = None,
    dequantize: bool = False,
    caffemodel: PathText | None = None,
    dynamic_batch: bool = False,
    phase: str | None = None,
    stage: Names | None = None,
    level: int | None = None,
    model_filename: str | None = None,
    params_filename: str | None = None,
    input_shape_dict: str | Mapping[str, Sequence[int]] | None = None,
    output_names: str | Sequence[str] | Mapping[str, str] | None = None,
    external_filename: str | None = None,
    enable_auto_update_opset: bool = True,
    enable_onnx_checker: bool = True,
    enable_dev_version: bool | None = None,
    enable_paddle_fallback: bool = False,
    dec_key: PathText | None = None,
    dec_mode: str | None = None,
    reference: PathText | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    tf_python: PathText | None = None,
    cv_python: PathText | None = None,
    paddle_python: PathText | None = None,
    seed: int | None = None,
    layers: bool = False,
    no_verify: bool = False,
    target_options: Mapping[str, object] | None = None,
    config: Config | None = None,
    trust: bool = False,
    data_python: PathText | None = None,
) -> Report:
    """Converts a model, writes the artifact and ``<name>.report.json`` beside it, and returns the report.

    Args:
        source: File or folder of the model.
        output: The artifact to write.
        target: Backend; default from the output's suffix.
        source_format: A format's name (``onnx``, ``tf-graphdef``, ``tf-saved-model``, ``tf-checkpoint``, ``tfjs``,
            ``keras``, ``caffe``, ...); default from the content.
        opset: Version of ONNX's default domain to write.
        onnxsim: Optimize an ONNX source too; TensorFlow sources always are.
        large_model: Keep weights in a file of their own beside the model.
        checker: ONNX: check the source before anything else.
        inputs: Inputs with shapes, ``"x:0[1,224,224,3],y"`` or a list of such texts.
        outputs: Outputs, written as inputs are.
        free_dim_param: ONNX: sizes for symbolic dimensions, ``{"batch": 1}`` or ``["batch:1"]``.
        free_dim_denotation: ONNX: sizes for dimensions by denotation.
        rebatch: ONNX: where the batch changes, rewrite the constants inside that provably are the batch.
        tag: SavedModel: tags.
        signature_def: SavedModel: signature.
        concrete_function: SavedModel: index of a function of ``__call__``.
        ignore_default: TensorFlow: PlaceholderWithDefault nodes that become inputs.
        use_default: TensorFlow: PlaceholderWithDefault nodes that become their default.
        rename_inputs: TensorFlow: names for the inputs, in order.
        rename_outputs: TensorFlow: names for the outputs, in order.
        use_graph_names: SavedModel: keep the graph's names.
        custom_ops: TensorFlow: operators that become custom nodes, ``{"Op": "domain"}`` or ``"Op:domain"``.
        extra_opset: TensorFlow: further opset imports, ``{"com.example": 1}``.
        continue_on_error: TensorFlow: pass on as custom nodes what cannot be converted, with a warning each.
        load_op_libraries: TensorFlow: libraries with operators that the interpreter loads to run the source.
        output_frozen_graph: TensorFlow: also write the frozen graph to this file.
        inputs_as_nchw: TensorFlow: inputs that the result takes as NCHW.
        outputs_as_nchw: TensorFlow: outputs that the result gives as NCHW.
        dequantize: TensorFlow Lite: compute in floating point what the model computes in integers.
        caffemodel: Caffe: the trained weights, when their name is not that of the prototxt.
        dynamic_batch: Caffe: keep the batch size open where no layer fixes it.
        phase: Caffe: ``TEST`` or ``TRAIN``.
        stage: Caffe: stages for the layers' rules.
        level: Caffe: level for the layers' rules.
        model_filename: Paddle: the program's file in the folder.
        params_filename: Paddle: the file with all parameters in the folder.
        input_shape_dict: Paddle: shapes of inputs, ``{"image": [1, 3, 608, 608]}``.
        output_names: Paddle: names of the outputs, in order, or a table from Paddle's names.
        external_filename: Name of the file of weights, where they go to one of their own.
        enable_auto_update_opset: Paddle: raise the opset where an operator needs a newer one.
        enable_onnx_checker: Paddle: every result is checked; False is answered by a notice.
        enable_dev_version: Paddle: of no effect.
        enable_paddle_fallback: Paddle: of no effect.
        dec_key: MindSpore: a file with the key of an encrypted model, its bytes or ``hex:`` and its digits.
        dec_mode: MindSpore: its cipher, ``AES-GCM``, ``AES-CBC`` or ``SM4-CBC``; default what the file says.
        reference: ``.npz`` with ``in:<name>`` and ``out:<name>`` to compare with.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        tf_python: Interpreter with TensorFlow that runs the source for comparison.
        cv_python: Interpreter with OpenCV 4 that runs a Caffe source for comparison.
        paddle_python: Interpreter with Paddle that runs the source for comparison.
        seed: Seed of random inputs.
        layers: Compare all tensors that source and result both have, too; see ``Verification.layers``.
        no_verify: Do not run the result; its status is then ``unverified``.
        target_options: Options of the target, by their flags' names with underscores.
        config: Calibration file, or its tables: the result is also quantized, and the report is the quantized model's.
        trust: Whether Python files that ``config`` names may be run.
        data_python: Interpreter with what these import.

    Raises:
        UserError: The model, the options or the environment must change.
        ToolError: A tool that was named failed.
        VerificationFailed: The artifact is written but does not compute what the source computes.
    """
    settings = dict(locals())
    for name in ("source", "output", "source_format", "target_options", "config", "trust", "data_python"):
        settings.pop(name)
    for name in ("enable_auto_update_opset", "enable_onnx_checker"):
        settings[name] = None if settings[name] else "False"
    for name in ("input_shape_dict", "output_names"):
        if isinstance(settings[name], Mapping | list | tuple):
            settings[name] = repr(settings[name])
    recipe = build_recipe(source, output, settings, source_format=source_format, target_options=target_options)
    if config is None:
        return run_recipe(recipe)
    jobs = jobs_with(config, recipe, trust=trust)
    return run_jobs(jobs, runner=trusted_run(trust=trust, python=data_python))


def info(path: PathText, *, dec_key: PathText | None = None, dec_mode: str | None = None) -> ModelSummary:
    """What a model holds, whatever its format.

    Args:
        path: File or folder of the model.
        dec_key: MindSpore: a file with the key of an encrypted model or checkpoint.
        dec_mode: MindSpore: its cipher; default what the file says.

    Raises:
        ModelNotFoundError: There is nothing at ``path``.
        ModelFormatError: It is of no known format, or damaged, or the key does not open it.
    """
    given = {"dec_key": dec_key, "dec_mode": dec_mode}
    return describe(Path(path), {name: value for name, value in given.items() if value is not None})


def run(
    recipe: PathText, *, output: PathText | None = None, trust: bool = False, data_python: PathText | None = None
) -> Report:
    """Runs a recipe file (``.toml``, ``.json``), or repeats the run that a ``.report.json`` describes.

    Args:
        recipe: The file; relative paths in it are relative to its folder.
        output: Another place for the artifact.
        trust: Whether Python files that it names may be run.
        data_python: Interpreter with what these import.

    Raises:
        RecipeError: The file holds no valid recipe.
        ModelwrightError: As ``convert``.
    """
    runner = trusted_run(trust=trust, python=data_python)
    return run_file(Path(recipe), output=None if output is None else str(output), runner=runner)
