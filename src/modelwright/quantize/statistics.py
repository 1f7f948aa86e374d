"""What calibration saw of every observed tensor: mergeable, and storable in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from modelwright.errors import CalibrationDataError, ModelNotFoundError
from modelwright.hub.io_atomic import OutputFiles
from modelwright.quantize.observers.sketch import Sketch, merged
from modelwright.quantize.params import Placement, Role

_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Sketches by name of the tensor.

    Attributes:
        tensors: In the placement's order.
        batches: How many batches went into it.
    """

    tensors: Mapping[str, Sketch] = field(default_factory=dict[str, Sketch])
    batches: int = 0


def merged_statistics(a: Statistics, b: Statistics) -> Statistics:
    """What calibration on the data of both would have given, exactly.

    Raises:
        CalibrationDataError: They are of different tensors.
    """
    if set(a.tensors) != set(b.tensors):
        apart = sorted(set(a.tensors) ^ set(b.tensors))
        raise CalibrationDataError(
            f"the statistics are of different tensors; only one has {', '.join(apart[:3])}",
            hint="merge statistics of the same model, made with the same settings",
        )
    tensors = {name: merged(sketch, b.tensors[name]) for name, sketch in a.tensors.items()}
    return Statistics(tensors=tensors, batches=a.batches + b.batches)


def check_statistics(statistics: Statistics, placement: Placement) -> None:
    """Refuses statistics that lack tensors of a placement.

    Raises:
        CalibrationDataError: They do.
    """
    missing = [
        tensor.name
        for tensor in placement.of_role(Role.ACTIVATION)
        if tensor.name not in statistics.tensors and tensor.fixed is None
    ]
    if missing:
        raise CalibrationDataError(
            f"the statistics lack {len(missing)} tensors that are quantized, such as {missing[0]!r}",
            hint="they are of another model or other settings; calibrate again",
            node=missing[0],
        )


def save_statistics(statistics: Statistics, path: Path) -> None:
    """Writes statistics to an ``.npz`` file; the same ones give the same bytes.

    Raises:
        OutputError: The file cannot be written.
    """
    sketches = list(statistics.tensors.values())
    counts = [sketch.counts for sketch in sketches]
    arrays: dict[str, Any] = {
        "version": np.int64(_VERSION),
        "batches": np.int64(statistics.batches),
        "names": np.array([name.encode() for name in statistics.tensors], dtype=np.bytes_),
        "ranges": np.array([(sketch.low, sketch.high) for sketch in sketches], np.float64).reshape(-1, 2),
        "bins": np.array([(s.exponent, s.first, len(s.counts)) for s in sketches], np.int64).reshape(-1, 3),
        "counts": np.concatenate(counts) if counts else np.zeros(0, np.int64),
    }
    with OutputFiles() as files:
        np.savez(files.open(path), **arrays)
        files.commit()


def load_statistics(path: Path) -> Statistics:
    """Reads what `save_statistics` wrote.

    Raises:
        ModelNotFoundError: There is no such file.
        CalibrationDataError: It holds something else.
    """
    try:
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            if isinstance(stored, np.ndarray):
                raise ValueError("it is a single array")  # noqa: TRY004, TRY301  like all else that is no archive
            return _from_arrays({name: stored[name] for name in stored.files})
    except FileNotFoundError:
        raise ModelNotFoundError(f"no calibration statistics at {path}", hint="check the path") from None
    except (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile) as error:
        raise CalibrationDataError(
            f"{path} holds no calibration statistics: {error}", hint="give a file that calibration wrote"
        ) from None


def _from_arrays(arrays: Mapping[str, np.ndarray]) -> Statistics:
    if int(arrays["version"]) != _VERSION:
        raise ValueError(f"version {int(arrays['version'])}")
    bins, counts = arrays["bins"], arrays["counts"].astype(np.int64)
    ends = np.cumsum(bins[:, 2])
    if len(counts) != (ends[-1] if len(ends) else 0):
        raise ValueError("counts are missing")
    tensors: dict[str, Sketch] = {}
    for name, (low, high), (exponent, first, size), end in zip(
        arrays["names"], arrays["ranges"], bins, ends, strict=True
    ):
        tensors[name.decode()] = Sketch(
            low=float(low), high=float(high), exponent=int(exponent), first=int(first), counts=counts[end - size : end]
        )
    return Statistics(tensors=tensors, batches=int(arrays["batches"]))
