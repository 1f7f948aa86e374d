"""Optimization profiles: the smallest, usual and largest sizes of inputs whose sizes are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelwright.errors import ShapeError, UsageError, unknown_name
from modelwright.formats import Dim, TensorSpec, format_shape, parse_named_shapes

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Sizes of every input with open dimensions.

    Attributes:
        smallest: By input.
        usual: By input; what the engine is tuned for.
        largest: By input.
    """

    smallest: dict[str, Sizes]
    usual: dict[str, Sizes]
    largest: dict[str, Sizes]

    def rows(self) -> dict[str, list[list[int]]]:
        """Input to [smallest, usual, largest]."""
        return {
            name: [list(self.smallest[name]), list(self.usual[name]), list(self.largest[name])] for name in self.usual
        }


def make_profile(
    inputs: Sequence[TensorSpec], *, smallest: Sequence[str], usual: Sequence[str], largest: Sequence[str]
) -> Profile:
    """The profile that a user's sizes mean for a model.

    Args:
        inputs: The model's inputs.
        smallest: ``name[1,3,224,224]`` each; where an input is not named, its usual sizes.
        usual: Likewise; where an input is not named, its largest sizes.
        largest: Likewise; where an input is not named, its usual sizes.

    Raises:
        UnknownNameError: A name is no input.
        UsageError: An input with open sizes is not named, or a size is left open.
        ShapeError: Sizes contradict the model or each other.
    """
    specs = {spec.name: spec for spec in inputs}
    given = [_sizes(texts, specs, flag) for texts, flag in zip((smallest, usual, largest), _FLAGS, strict=True)]
    low, middle, high = given
    open_ = [name for name, spec in specs.items() if not _fixed(spec)]
    chosen = {name: _three(name, low, middle, high) for name in open_ if name in low | middle | high}
    missing = [name for name in open_ if name not in chosen]
    if missing:
        shown = ", ".join(f"{name} {format_shape(specs[name].shape)}" for name in missing)
        example = _example(specs[missing[0]])
        raise UsageError(
            f"the sizes of {shown} are open, and an engine needs a range of sizes",
            hint=f"give --min_shapes, --opt_shapes and --max_shapes, such as --opt_shapes {example!r}, "
            "or fix the sizes in the conversion",
        )
    return Profile(
        smallest={name: sizes[0] for name, sizes in chosen.items()},
        usual={name: sizes[1] for name, sizes in chosen.items()},
        largest={name: sizes[2] for name, sizes in chosen.items()},
    )


def profiles_of_gears(inputs: Sequence[TensorSpec], gears: Sequence[Sizes]) -> tuple[Profile, ...]:
    """A profile for each gear, which is its smallest, usual and largest size at once.

    Args:
        inputs: The model's inputs.
        gears: A value for each open size of the inputs, in order; one that several inputs call by one name counts once.

    Raises:
        UsageError: The inputs have another number of open sizes, or an input of which even the rank is open.
    """
    unknown = [spec.name for spec in inputs if spec.shape is None]
    if unknown:
        raise UsageError(f"--gears: even the rank of input {unknown[0]!r} is open", hint="fix it in the conversion")
    places = _open_places(inputs)
    wanted = len(set(places.values()))
    if any(len(gear) != wanted for gear in gears):
        shown = ", ".join(f"{spec.name} {format_shape(spec.shape)}" for spec in inputs if not _fixed(spec))
        raise UsageError(
            f"--gears: a gear has {len(gears[0])} sizes, but {wanted} are open ({shown or 'all sizes are fixed'})",
            hint="fix the others in the conversion (-f name:size), or choose gears for all",
        )
    return tuple(_profile_of_gear(inputs, places, gear) for gear in gears)


def _open_places(inputs: Sequence[TensorSpec]) -> dict[tuple[str, int], int]:
    """Input and axis of each open size, and its place in a gear."""
    found: dict[tuple[str, int], int] = {}
    named: dict[str, int] = {}
    for spec in inputs:
        for axis, dim in enumerate(spec.shape or ()):
            if isinstance(dim, int):
                continue
            place = len(set(found.values()))
            found[spec.name, axis] = place if dim is None else named.setdefault(dim, place)
    return found


def _profile_of_gear(inputs: Sequence[TensorSpec], places: Mapping[tuple[str, int], int], gear: Sizes) -> Profile:
    sizes = {
        spec.name: tuple(
            dim if isinstance(dim, int) else gear[places[spec.name, axis]] for axis, dim in enumerate(spec.shape or ())
        )
        for spec in inputs
        if not _fixed(spec)
    }
    return Profile(smallest=sizes, usual=sizes, largest=sizes)


def usual_shapes(inputs: Sequence[TensorSpec], profile: Profile) -> dict[str, Sizes]:
    """Sizes to run the model with: each input's own, or the usual ones of the profile."""
    fixed = {spec.name: tuple(int(dim or 0) for dim in spec.shape or ()) for spec in inputs if _fixed(spec)}
    return {**fixed, **profile.usual}


_FLAGS = ("--min_shapes", "--opt_shapes", "--max_shapes")


def _fixed(spec: TensorSpec) -> bool:
    return spec.shape is not None and all(isinstance(dim, int) for dim in spec.shape)


def _example(spec: TensorSpec) -> str:
    dims = ",".join(str(dim) if isinstance(dim, int) else "1" for dim in spec.shape or (None,))
    return f"{spec.name}[{dims}]"


def _sizes(texts: Sequence[str], specs: Mapping[str, TensorSpec], flag: str) -> dict[str, Sizes]:
    found: dict[str, Sizes] = {}
    for item in parse_named_shapes(",".join(texts)) if texts else ():
        if item.name not in specs:
            raise unknown_name("input", item.name, specs, where=flag)
        sizes = [dim for dim in item.shape or () if isinstance(dim, int)]
        if item.shape is None or len(sizes) < len(item.shape):
            raise UsageError(f"{flag}: {item} leaves sizes open", hint=f"write {_example(specs[item.name])}")
        _check(item.name, tuple(sizes), specs[item.name].shape, flag)
        found[item.name] = tuple(sizes)
    return found


def _check(name: str, sizes: Sizes, shape: tuple[Dim, ...] | None, flag: str) -> None:
    if shape is None:
        return
    pairs = zip(shape, sizes, strict=False)
    if len(shape) != len(sizes) or any(isinstance(dim, int) and dim != size for dim, size in pairs):
        raise ShapeError(
            f"{flag}: {name}{list(sizes)} contradicts the model's {format_shape(shape)}",
            hint="only open dimensions can be chosen",
        )


def _three(
    name: str, low: Mapping[str, Sizes], middle: Mapping[str, Sizes], high: Mapping[str, Sizes]
) -> tuple[Sizes, Sizes, Sizes]:
    usual = middle.get(name) or high.get(name) or low[name]
    three = low.get(name, usual), usual, high.get(name, usual)
    for axis, (a, b, c) in enumerate(zip(*three, strict=True)):
        if not a <= b <= c:
            raise ShapeError(
                f"{name}: dimension {axis} has smallest {a}, usual {b} and largest {c}, which is no range",
                hint="smallest <= usual <= largest must hold for every dimension",
            )
    return three
