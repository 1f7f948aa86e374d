"""From data settings and a model's inputs to feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from modelwright.diagnostics import Diagnostic, Level
from modelwright.errors import CalibrationDataError
from modelwright.formats import TensorSpec
from modelwright.quantize.data.arrays import ArrayFile, open_npy, open_npz, open_raw
from modelwright.quantize.data.batches import DataFeeds, FedInput
from modelwright.quantize.data.function import FunctionCall, Trust, call_function, check_trust
from modelwright.quantize.data.layout import ImageLayout, image_layout
from modelwright.quantize.data.listing import listed_files, spread
from modelwright.quantize.data.pixels import check_pillow
from modelwright.quantize.data.presets import Normalization, normalization
from modelwright.quantize.data.settings import SHAPE_WORDS, DataSettings, FileType, InputData
from modelwright.quantize.data.shapes import FittedInput, batch_of, file_dtype, fit, is_batched, pair
from modelwright.quantize.data.sources import ArraySource, Chosen, ImageSource, Repeated, Source
from modelwright.quantize.data.spool import Spool

_COLOURS: Final = 3


def open_feeds(
    settings: DataSettings,
    specs: Sequence[TensorSpec],
    *,
    trust: Trust | None = None,
    scratch: Path | None = None,
    keep: Path | None = None,
) -> DataFeeds:
    """The batches of calibration data for a model.

    Every list is read, every file looked for and every array's header held against the model before the first batch.

    Args:
        settings: Where the data are.
        specs: The model's inputs, in order.
        trust: Whether Python files that the settings name may be run.
        scratch: A folder for temporary files; it must stay while the feeds are used.
        keep: A folder for what functions make, where an interrupted run finds it again; None for ``scratch``.

    Raises:
        CalibrationDataError: Data are missing or do not fit the model.
        UsageError: A function is to be run without trust.
        ToolMissingError: Images are to be read without Pillow, or a function lacks a module.
        ToolError: A function's worker failed.
    """
    opening = _Opening(settings, specs, trust or Trust(), scratch, keep or scratch)
    return opening.feeds()


def check_reading(settings: DataSettings, *, trust: bool) -> None:
    """Makes sure, before anything is read, that data can be.

    Raises:
        UsageError: A function is to be run without trust.
        ToolMissingError: Images are to be read without Pillow.
    """
    for entry in settings.inputs:
        if entry.function is not None:
            check_trust(entry.function, Trust(given=trust))
        elif entry.file_type is FileType.IMAGE:
            check_pillow()


class _Opening:
    """One set of data on its way to feeds."""

    def __init__(
        self, settings: DataSettings, specs: Sequence[TensorSpec], trust: Trust, scratch: Path | None, keep: Path | None
    ) -> None:
        self._settings = settings
        self._trust = trust
        self._scratch = scratch
        self._keep = keep
        self._remarks: list[Diagnostic] = []
        check_reading(settings, trust=trust.given)
        fitted = [fit(data, spec) for data, spec in pair(settings.inputs, specs)]
        self._batch = batch_of(fitted, settings.batch_size)
        self._inputs = [replace(item, batched=is_batched(item, self._batch)) for item in fitted]
        self._open_batch = all(not isinstance(item.shape[0], int) for item in self._inputs if item.batched)

    def feeds(self) -> DataFeeds:
        wanted = self._settings.batches * self._batch
        folders = all(Path(item.data.path).is_dir() for item in self._inputs)
        sources = [self._source(item, wanted, apart=folders) for item in self._inputs]
        samples, batches = self._counts(sources)
        used = min(batches, self._settings.batches)
        inputs = [
            FedInput(name=item.spec.name, source=self._filled(item, source, samples, batches), batched=item.batched)
            for item, source in zip(self._inputs, sources, strict=True)
        ]
        return DataFeeds(inputs, batch=self._batch, batches=range(used), samples=samples, remarks=self._remarks)

    def _source(self, item: FittedInput, wanted: int, *, apart: bool) -> Source:
        """An input's samples: no more than wanted, from all over a folder or from the beginning of a list."""
        data = item.data
        files = listed_files(Path(data.path), data.file_type)
        single = data.function is not None or data.file_type is FileType.IMAGE
        if single:
            places = spread(len(files), wanted) if apart else range(min(wanted, len(files)))
            self._say_chosen(item, len(files), len(places), "files")
            files = tuple(files[place] for place in places)
            return self._function(item, files) if data.function is not None else self._images(item, files)
        source = ArraySource(self._arrays(item, files), name=item.spec.name, item=item.item, dtype=item.dtype)
        if len(source) <= wanted or not apart:
            return source
        self._say_chosen(item, len(source), wanted, "samples")
        return Chosen(source=source, indices=spread(len(source), wanted))

    def _arrays(self, item: FittedInput, files: Sequence[Path]) -> list[ArrayFile]:
        if item.data.file_type is FileType.NPY:
            return [open_npy(path) for path in files]
        if item.data.file_type is FileType.NPZ:
            only = len(self._inputs) == 1
            return [open_npz(path, item.spec.name, only=only) for path in files]
        sizes = [size for size in item.item if isinstance(size, int)]
        if len(sizes) != len(item.item):
            message = f"input {item.spec.name!r}: raw files do not tell the sizes that {item.spec} leaves open"
            raise CalibrationDataError(message, hint=f"say them with {SHAPE_WORDS}")
        return [open_raw(path, tuple(sizes), file_dtype(item)) for path in files]

    def _images(self, item: FittedInput, files: Sequence[Path]) -> ImageSource:
        data, layout = item.data, self._layout(item)
        numbers = normalization(data.preset, color=data.color, mean=data.mean, std=data.std)
        _check_lengths(item, layout, numbers)
        self._say_numbers(item, layout, numbers)
        return ImageSource(
            images=files,
            name=item.spec.name,
            layout=layout,
            dtype=item.dtype,
            preset=data.preset,
            normalization=numbers,
            spool=Spool(len(files), (layout.height, layout.width, layout.channels), self._scratch),
        )

    def _layout(self, item: FittedInput) -> ImageLayout:
        layout = image_layout([size if isinstance(size, int) else None for size in item.item])
        if layout is None:
            raise CalibrationDataError(
                f"input {item.spec} takes no images: 1, 3 or 4 channels, height and width must be known",
                hint=f"say open sizes with {SHAPE_WORDS}, or give the data as .npy files",
            )
        return layout

    def _function(self, item: FittedInput, files: Sequence[Path]) -> Source:
        if self._keep is None:
            raise CalibrationDataError(f"{item.data.function}: there is no folder for what it makes")
        call = FunctionCall(
            text=item.data.function or "",
            entry=_entry(item, self._batch),
            files=files,
            batch=self._batch if item.batched else 1,
        )
        return call_function(
            call, name=item.spec.name, item=item.item, dtype=item.dtype, trust=self._trust, scratch=self._keep
        )

    def _counts(self, sources: Sequence[Source]) -> tuple[int, int]:
        """Samples and batches that all inputs have together; an input with a single sample has it in every batch."""
        pairs = list(zip(self._inputs, sources, strict=True))
        batches = {item.spec.name: _batches(len(source), self._batch if item.batched else 1) for item, source in pairs}
        samples = {item.spec.name: len(source) for item, source in pairs if item.batched and len(source) > 1}
        if len(set(samples.values())) > 1:
            said = ", ".join(f"{name!r} {count}" for name, count in samples.items())
            hint = "samples at the same place belong together; bring the lists to one length"
            raise CalibrationDataError(f"the inputs have different numbers of samples: {said}", hint=hint)
        count = max(samples.values(), default=1)
        wanted = _batches(count, self._batch) if samples else max(batches.values())
        short = {item.spec.name: len(source) for item, source in pairs if not item.batched and 1 < len(source) < wanted}
        if short:
            said = ", ".join(f"{name!r} {number}" for name, number in short.items())
            message = f"{wanted} batches are wanted, but inputs that take no batch have fewer: {said}"
            raise CalibrationDataError(message, hint="give one sample for each batch, or a single one for all")
        return (count, wanted) if self._open_batch else self._without_rest(count)

    def _without_rest(self, samples: int) -> tuple[int, int]:
        """Only whole batches, for a model that takes no others."""
        whole, rest = divmod(samples, self._batch)
        if samples == 1:
            return self._batch, 1
        if whole == 0:
            message = f"the model takes batches of {self._batch}, but there are {samples} samples"
            raise CalibrationDataError(message, hint="give more samples, or open the model's batch")
        if rest and whole < self._settings.batches:
            self._say(f"the last {rest} of {samples} samples are left out: the model takes batches of {self._batch}")
        return whole * self._batch, whole

    def _filled(self, item: FittedInput, source: Source, samples: int, batches: int) -> Source:
        count = samples if item.batched else batches
        if len(source) > 1 or count == 1:
            return source
        self._say(f"input {item.spec.name!r} has one sample, which is used in all batches")
        return Repeated(source=source, count=count)

    def _say_chosen(self, item: FittedInput, count: int, used: int, what: str) -> None:
        if used < count:
            self._say(f"input {item.spec.name!r}: {used} of {count} {what} are used (calibration_step)")

    def _say_numbers(self, item: FittedInput, layout: ImageLayout, numbers: Normalization) -> None:
        """Says how pixels become numbers, where the entry leaves it to a preset or to habit."""
        data = item.data
        if data.mean is None and data.std is None:
            self._say(f"input {item.spec.name!r}: {_pixels(layout, numbers)}")

    def _say(self, message: str) -> None:
        self._remarks.append(Diagnostic(level=Level.NOTICE, message=message, stage="quantize"))


def _pixels(layout: ImageLayout, numbers: Normalization) -> str:
    """How pixels become numbers, in words."""
    order = f" in {numbers.color.value.upper()} order" if layout.channels > 1 else ""
    done = [f"minus {list(numbers.mean)}"] if numbers.mean is not None else []
    done += [f"divided by {list(numbers.std)}"] if numbers.std is not None else []
    return f"pixels from 0 to 255{order}, {', '.join(done) or 'as they are'}"


def _batches(samples: int, batch: int) -> int:
    return -(-samples // batch)


def _check_lengths(item: FittedInput, layout: ImageLayout, numbers: Normalization) -> None:
    if item.data.mean is None and item.data.std is None and numbers.mean is not None and layout.channels != _COLOURS:
        message = f"input {item.spec}: the numbers of {item.data.preset} are for images of {_COLOURS} channels"
        raise CalibrationDataError(message, hint="give the model's own with mean_value and std_value, or [0] and [1]")
    for key, values in (("mean_value", numbers.mean), ("std_value", numbers.std)):
        if values is not None and len(values) not in (1, layout.channels):
            given = f"{key} has {len(values)} numbers"
            message = f"input {item.spec.name!r}: {given}, but images of {layout.channels} channels are wanted"
            raise CalibrationDataError(message, hint="give one number for each channel, or one for all")


def _entry(item: FittedInput, batch: int) -> dict[str, Any]:
    """``input_parametr``: the entry under the calibration file's keys, with the model's name, shape and dtype."""
    data: InputData = item.data
    said = asdict(data)
    shape = [batch if item.batched and axis == 0 else size for axis, size in enumerate(item.shape)]
    return {
        "input_name": item.spec.name,
        "input_shape": shape,
        "dtype": item.dtype.name,
        "file_type": data.file_type.value,
        "color_format": "bgr" if data.color is None else data.color.value,
        "mean_value": None if said["mean"] is None else list(said["mean"]),
        "std_value": None if said["std"] is None else list(said["std"]),
        "preprocess_file": data.function,
        "data_list_path": data.path,
    }
