"""Reference data: an ``.npz`` of inputs ``in:<name>`` and the outputs ``out:<name>`` that the source gave for them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from modelwright.errors import ReferenceDataError, near_matches
from modelwright.formats import TensorSpec, format_shape

_IN: Final = "in:"
_OUT: Final = "out:"
_HINT: Final = "make it with numpy.savez(file, **{'in:<input>': array, 'out:<output>': array})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceData:
    """Inputs and expected outputs, by the artifact's names."""

    inputs: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]


def load_reference(
    path: Path,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    *,
    aliases: Mapping[str, str] | None = None,
) -> ReferenceData:
    """Reads reference data and holds it against the artifact; every mistake is named at once.

    Args:
        path: The ``.npz``.
        inputs: The artifact's inputs.
        outputs: The artifact's outputs.
        aliases: Keys in the source's names (``out:boxes``) to keys in the artifact's (``out:boxes_output``).

    Raises:
        ReferenceDataError: The file is missing or no ``.npz``, or names, dtypes or shapes do not fit.
    """
    own = {*(_IN + spec.name for spec in inputs), *(_OUT + spec.name for spec in outputs)}
    other = {key: name for key, name in (aliases or {}).items() if key not in own}
    arrays = {other.get(key, key): array for key, array in read_arrays(path).items()}
    problems: list[str] = []
    given_inputs = _section(arrays, _IN, inputs, "input", problems)
    given_outputs = _section(arrays, _OUT, outputs, "output", problems)
    problems += [_foreign_key(name) for name in arrays if not name.startswith((_IN, _OUT))]
    problems += [f"input {spec.name!r} is missing" for spec in inputs if spec.name not in given_inputs]
    if not given_outputs and outputs:
        problems.append("it holds no expected output")
    if problems:
        names = (
            f"inputs: {', '.join(spec.name for spec in inputs)}; outputs: {', '.join(spec.name for spec in outputs)}"
        )
        raise ReferenceDataError(
            f"{path}: the reference does not fit the model: {'; '.join(problems)}",
            hint=f"the model has {names}. {_HINT}",
        )
    _check_symbols(path, given_inputs, inputs)
    return ReferenceData(inputs=given_inputs, outputs=given_outputs)


def load_inputs(path: Path, inputs: Sequence[TensorSpec]) -> dict[str, np.ndarray]:
    """Reads inputs alone: arrays ``in:<name>`` or ``<name>``; expected outputs in the file do not matter.

    Args:
        path: The ``.npz``.
        inputs: The model's inputs.

    Raises:
        ReferenceDataError: The file is missing or no ``.npz``, or names, dtypes or shapes do not fit.
    """
    known = {spec.name for spec in inputs}
    arrays = {
        key if key.startswith(_IN) and key not in known else _IN + key: array
        for key, array in read_arrays(path).items()
        if not key.startswith(_OUT)
    }
    return check_inputs(path, {key.removeprefix(_IN): array for key, array in arrays.items()}, inputs)


def check_inputs(path: Path, arrays: Mapping[str, np.ndarray], inputs: Sequence[TensorSpec]) -> dict[str, np.ndarray]:
    """The arrays, if they are the model's inputs.

    Args:
        path: Where they are from, for the message.
        arrays: Arrays by name.
        inputs: The model's inputs.

    Raises:
        ReferenceDataError: Names, dtypes or shapes do not fit; every mistake is named.
    """
    problems: list[str] = []
    given = _section({_IN + name: array for name, array in arrays.items()}, _IN, inputs, "input", problems)
    problems += [f"input {spec.name!r} is missing" for spec in inputs if spec.name not in given]
    if problems:
        raise ReferenceDataError(
            f"{path}: the inputs do not fit the model: {'; '.join(problems)}",
            hint=f"the model has inputs: {', '.join(spec.name for spec in inputs)}. "
            "make the file with numpy.savez(file, **{'<input>': array})",
        )
    _check_symbols(path, given, inputs)
    return given


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz``; bytes are the text they stand for.

    Raises:
        ReferenceDataError: It is missing, damaged, or holds Python objects.
    """
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise ReferenceDataError(f"{path}: a single array, not an .npz of named arrays", hint=_HINT)
            with archive:
                return {name: _text(archive[name]) for name in archive.files}
    except OSError as error:
        raise ReferenceDataError(
            f"{path}: cannot be read ({error.strerror or error})", hint="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise ReferenceDataError(f"{path}: holds strings that are not UTF-8", hint="ONNX strings are text") from error
    except ValueError as error:
        reason = "it holds Python objects" if "allow_pickle" in str(error) else str(error)
        hint = "save plain arrays of numbers or fixed-width strings. " + _HINT
        raise ReferenceDataError(f"{path}: cannot be read as an .npz ({reason})", hint=hint) from error
    except (EOFError, zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise ReferenceDataError(f"{path}: damaged or not an .npz ({error})", hint=_HINT) from error


def _text(array: np.ndarray) -> np.ndarray:
    """Bytes as the UTF-8 text they stand for; other arrays as they are."""
    return np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array


def _section(
    arrays: Mapping[str, np.ndarray], prefix: str, specs: Sequence[TensorSpec], kind: str, problems: list[str]
) -> dict[str, np.ndarray]:
    """The arrays under a prefix, without it; what is wrong with them goes to ``problems``."""
    known = {spec.name: spec for spec in specs}
    found: dict[str, np.ndarray] = {}
    for key, array in arrays.items():
        if not key.startswith(prefix):
            continue
        name = key[len(prefix) :]
        spec = known.get(name)
        if spec is None:
            close = near_matches(name, known)
            problems.append(f"there is no {kind} {name!r}" + (f" (did you mean {close[0]!r}?)" if close else ""))
            continue
        problems += _misfits(array, spec, kind)
        found[name] = array
    return found


def _misfits(array: np.ndarray, spec: TensorSpec, kind: str) -> list[str]:
    dtype = "string" if array.dtype.kind in "SU" else array.dtype.name
    problems: list[str] = []
    if dtype != spec.dtype:
        problems.append(f"{kind} {spec.name!r} is of dtype {dtype} instead of {spec.dtype}")
    fits = spec.shape is None or (
        len(spec.shape) == array.ndim
        and all(not isinstance(want, int) or want == got for want, got in zip(spec.shape, array.shape, strict=True))
    )
    if not fits:
        problems.append(f"{kind} {spec.name!r} is of shape {list(array.shape)} instead of {format_shape(spec.shape)}")
    return problems


def _foreign_key(name: str) -> str:
    return f"the array {name!r} is neither an input ({_IN}<name>) nor an output ({_OUT}<name>)"


def _check_symbols(path: Path, arrays: Mapping[str, np.ndarray], specs: Sequence[TensorSpec]) -> None:
    """A symbolic dimension must have one size throughout."""
    sizes: dict[str, tuple[int, str]] = {}
    for spec in specs:
        for dim, size in zip(spec.shape or (), arrays[spec.name].shape, strict=False):
            if not isinstance(dim, str):
                continue
            first, where = sizes.setdefault(dim, (size, spec.name))
            if first != size:
                raise ReferenceDataError(
                    f"{path}: dimension {dim!r} is {first} in input {where!r} but {size} in input {spec.name!r}",
                    hint="give inputs that belong together",
                )
