"""From the checked tables of a calibration file to settings, with what only shows when keys are seen together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from modelwright.diagnostics import Diagnostic, Level
from modelwright.quantize.config.file import CalibrationFile, ModelSettings
from modelwright.quantize.config.problems import Key, Problem, path_of
from modelwright.quantize.config.schema import (
    CalibrationTable,
    CustomTable,
    FileTable,
    InputTable,
    ModelTable,
    QuantizationTable,
)
from modelwright.quantize.data.settings import DEFAULT_BATCHES, Color, DataSettings, FileType, InputData, Preset
from modelwright.quantize.settings import Method, PartSettings, Precision, QuantizeSettings

_STEPS: Final = (10, 1000)
_IMAGE_KEYS: Final = ("color_format", "mean_value", "std_value")
_INPUTS: Final = "input_parameters"

_PRECISIONS: Final = {
    0: (Precision.INT8, 0),
    1: (Precision.INT8, 1),
    2: (Precision.INT8, 2),
    3: (Precision.DYNAMIC, 0),
    4: (Precision.FLOAT16, 0),
    100: (Precision.FLOAT, 0),
}
"""What each ``precision_level`` means: the precision, and how much stays float."""

_CALIBRATED: Final = (Precision.INT8, Precision.INT16)


class Translation:
    """One file's way to settings; problems and remarks are gathered."""

    def __init__(self, table: FileTable, *, folder: Path, spelled: dict[str, str]) -> None:
        self.problems: list[Problem] = []
        self._remarks: list[Diagnostic] = []
        self._model = table.model_parameters or ModelTable()
        self._calibration = table.calibration_parameters or CalibrationTable()
        self._quantization = table.quantization_parameters or QuantizationTable()
        self._folder = folder
        self._inputs = spelled.get(_INPUTS, _INPUTS)

    def file(self) -> CalibrationFile:
        """The settings; not to be used when there are problems."""
        settings = self._settings()
        data = self._data(needed=_needs_data(settings))
        report = self._quantization.analysis_enable
        return CalibrationFile(
            model=self._model_settings(),
            settings=settings,
            data=data,
            report=True if report is None else report,
            remarks=tuple(self._remarks),
        )

    def _model_settings(self) -> ModelSettings:
        table = self._model
        prefix = table.output_prefix
        if prefix is not None and Path(prefix).name != prefix:
            key = ("model_parameters", "output_prefix")
            self._problem(key, f"is {prefix!r}: a name without folders is wanted", "the folder is working_dir")
        model = table.onnx_model
        return ModelSettings(
            onnx_model=None if model is None else str(self._located(model)),
            output_prefix=None if prefix is None else prefix.removesuffix(".onnx"),
            working_dir=None if table.working_dir is None else str(self._folder / Path(table.working_dir).expanduser()),
            simplify=not table.skip_onnxsim,
            opset=table.opset,
        )

    def _settings(self) -> QuantizeSettings:
        table = self._quantization
        precision, level = _PRECISIONS[table.precision_level or 0]
        truncated = tuple(dict.fromkeys(table.truncate_var_names or ()))
        given: dict[str, Any] = {"finetune": table.finetune_level, "max_percentile": table.max_percentile}
        return QuantizeSettings(
            precision=precision,
            level=level,
            method=Method(self._calibration.calibration_type or Method.DEFAULT),
            ignore_op_types=tuple(table.ignore_op_types or ()),
            ignore_op_names=tuple(table.ignore_op_names or ()),
            parts=tuple(_part(item) for item in table.custom_setting or ()),
            truncate_at=truncated,
            **{key: value for key, value in given.items() if value is not None},
        )

    def _data(self, *, needed: bool) -> DataSettings | None:
        table = self._calibration
        key = ("calibration_parameters", self._inputs)
        if not table.input_parameters:
            if needed:
                hint = "one entry for each input of the model; without data there is nothing to calibrate on"
                self._problem(key, "is missing" if table.input_parameters is None else "is empty", hint)
            return None
        self._remark_calibration(table, needed=needed)
        inputs = [self._input(item, (*key, index)) for index, item in enumerate(table.input_parameters)]
        self._check_names(inputs, key)
        return DataSettings(
            inputs=tuple(inputs),
            batches=table.calibration_step or DEFAULT_BATCHES,
            batch_size=table.calibration_batch_size,
        )

    def _remark_calibration(self, table: CalibrationTable, *, needed: bool) -> None:
        steps = table.calibration_step
        if steps is not None and not _STEPS[0] <= steps <= _STEPS[1]:
            message = f"calibration_step is {steps}; between {_STEPS[0]} and {_STEPS[1]} batches are usual"
            few = steps < _STEPS[0]
            hint = "a few samples seldom show the ranges" if few else "more samples take time and change little"
            self._remark(Level.WARNING, message, hint)
        if table.calibration_device == "cuda":
            self._remark(Level.NOTICE, "calibration_device is cuda; calibration runs on the CPU")
        if not needed:
            level = self._quantization.precision_level
            message = f"precision_level {level} needs no calibration data; they only serve to compare the result"
            self._remark(Level.NOTICE, message)

    def _input(self, table: InputTable, key: Key) -> InputData:
        preset, function = self._preprocessing(table, key)
        file_type = FileType(table.file_type or FileType.IMAGE)
        self._check_pixels(table, file_type, key, function=function)
        return InputData(
            path=self._data_path(table, key),
            name=table.input_name,
            shape=None if table.input_shape is None else tuple(table.input_shape),
            dtype=table.dtype,
            file_type=file_type,
            color=None if table.color_format is None else Color(table.color_format),
            mean=_floats(table.mean_value),
            std=_floats(table.std_value),
            preset=preset,
            function=function,
        )

    def _data_path(self, table: InputTable, key: Key) -> str:
        key = (*key, "data_list_path")
        if table.data_list_path is None:
            self._problem(key, "is missing", "give a text file with one path of a sample in each line, or a folder")
            return ""
        path = self._located(table.data_list_path)
        if not path.exists():
            self._problem(key, f"is {table.data_list_path!r}: there is no such file or folder", self._looked(path))
        return str(path)

    def _preprocessing(self, table: InputTable, key: Key) -> tuple[Preset | None, str | None]:
        """Preset and function that ``preprocess_file`` names."""
        text, key = table.preprocess_file, (*key, "preprocess_file")
        if text is None or text.upper() in set(Preset):
            return None if text is None else Preset(text.upper()), None
        file, colon, name = text.rpartition(":")
        if not colon or not name.isidentifier() or not file:
            wanted = f"{', '.join(Preset)} or file.py:function is wanted"
            self._problem(key, f"is {text!r}: {wanted}")
            return None, None
        path = self._located(file)
        if not path.is_file():
            self._problem(key, f"is {text!r}: there is no such file", self._looked(path))
        return None, f"{path}:{name}"

    def _check_pixels(self, table: InputTable, file_type: FileType, key: Key, *, function: str | None) -> None:
        """Means, deviations and colours: only of images, in units of pixels, and no division by 0."""
        given = [name for name in _IMAGE_KEYS if getattr(table, name) is not None]
        if file_type is not FileType.IMAGE and function is None and (given or table.preprocess_file):
            names = ", ".join([*given, *(["preprocess_file"] if table.preprocess_file else [])])
            message = f"{path_of(key)}: {names} not applied, for {file_type} files hold what the model takes"
            self._remark(Level.WARNING, message, "remove these keys, or give images")
        if table.std_value is not None and 0 in table.std_value:
            self._problem((*key, "std_value"), "holds a 0: pixels cannot be divided by it")
        if file_type is FileType.IMAGE and function is None and _looks_like_unit_range(table):
            message = (
                f"{path_of(key)}: mean_value and std_value look as if pixels went from 0 to 1; they go from 0 to 255"
            )
            self._remark(Level.WARNING, message, "multiply both by 255, unless the model really wants that")

    def _check_names(self, inputs: Sequence[InputData], key: Key) -> None:
        names = [item.name for item in inputs if item.name is not None]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                self._problem(key, f"names the input {name!r} {names.count(name)} times", "give each input one entry")

    def _located(self, text: str) -> Path:
        """A path of the file: relative to its folder, or to the working directory where only that is there."""
        path = Path(text).expanduser()
        beside, here = self._folder / path, Path.cwd() / path
        if path.is_absolute() or beside.exists() or not here.exists():
            return beside
        self._remark(Level.NOTICE, f"{text} was found in the working directory, not beside the calibration file")
        return here

    def _looked(self, path: Path) -> str:
        return f"looked for {path}; relative paths are relative to the calibration file's folder"

    def _problem(self, key: Key, message: str, hint: str = "") -> None:
        self.problems.append(Problem(key=key, message=message, hint=hint))

    def _remark(self, level: Level, message: str, hint: str = "") -> None:
        self._remarks.append(Diagnostic(level=level, message=message, stage="quantize", hint=hint))


def _part(table: CustomTable) -> PartSettings:
    precision, level = (None, None) if table.precision_level is None else _PRECISIONS[table.precision_level]
    return PartSettings(
        inputs=tuple(table.input_names),
        outputs=tuple(table.output_names),
        precision=precision,
        level=level,
        method=None if table.calibration_type is None else Method(table.calibration_type),
        max_percentile=table.max_percentile,
    )


def _needs_data(settings: QuantizeSettings) -> bool:
    """Whether anything gets its range from data."""
    parts = (part.precision for part in settings.parts)
    return any(precision in _CALIBRATED for precision in (settings.precision, *parts))


def _floats(values: Sequence[float] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(float(value) for value in values)


def _looks_like_unit_range(table: InputTable) -> bool:
    """Means between 0 and 1 together with deviations up to 1, as for pixels divided by 255."""
    mean, std = table.mean_value, table.std_value
    return (
        bool(mean and std) and all(0 <= item <= 1 for item in mean or ()) and all(0 < item <= 1 for item in std or ())
    )
