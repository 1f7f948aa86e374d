"""Target profiles: one TOML file a target, held against this schema when it is read.

A profile says what is known of a target: which engine can try nodes, which operators it lists, and which rules hold. A
profile may extend another one: tables are merged, rules that it sets to ``false`` are dropped.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from modelwright.errors import ModelNotFoundError, RecipeError, near_matches, unknown_name
from modelwright.targets.rule import check_settings

FOLDER: Final = Path(__file__).with_name("profiles")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OperatorRow(_Strict):
    """One operator of a profile's table.

    Attributes:
        opsets: Versions of the model's opset for which it is listed, ``"8-16,18"``; empty for all.
        becomes: What it is called in the target.
        passed: How many of the standard's tests of this operator the engine took, when the table was measured.
        of: How many tests there are.
        dtypes: Element types of the first input for which every test was taken.
        refused: Those for which none was.
        note: A limit, as a phrase that completes "is taken ...".
        remedy: What to do where this operator is not taken.
    """

    opsets: str = ""
    becomes: str = ""
    passed: int | None = None
    of: int | None = None
    dtypes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    note: str = ""
    remedy: str = ""

    @field_validator("opsets")
    @classmethod
    def _readable(cls, text: str) -> str:
        parse_versions(text)
        return text

    def versions(self) -> frozenset[int] | None:
        """The opsets listed, or None for all."""
        return parse_versions(self.opsets) if self.opsets else None


class Ways(_Strict):
    """How an operator that the target lacks can be got round, in the target's own terms; ``{tensors}`` are filled in.

    Attributes:
        cut: How the network is cut and finished elsewhere.
        custom: How an operator of one's own is added.
    """

    cut: str = ""
    custom: str = ""


class Profile(_Strict):
    """What is known of a target.

    Attributes:
        name: What ``--target`` takes; the file's stem.
        label: The target for people.
        origin: Where the facts come from.
        extends: Name of a profile that this one completes.
        engine: What can try nodes, or None.
        package: The module that the engine is in, to be told to users.
        decides: What the table means: ``listed`` operators are all there are, ``measured`` is what tests of the
            standard showed, ``accelerated`` operators are the fast ones; None when there is no table.
        ways: Ways round an operator that is missing.
        rules: Settings of each rule that holds, by the rule's name.
        operators: The table, by operator; domains other than the default one are written ``domain:Operator``.
    """

    name: str
    label: str
    origin: str
    extends: str | None = None
    engine: Literal["onnxruntime", "tensorrt_rtx", "openvino"] | None = None
    package: str = ""
    decides: Literal["listed", "measured", "accelerated"] | None = None
    ways: Ways = Ways()
    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    operators: dict[str, OperatorRow] = Field(default_factory=dict)

    def readable_opset(self, opset: int) -> int:
        """The opset itself, or the nearest one that the target reads."""
        span = self.rules.get("opset-range", {})
        lowest, highest = span.get("lowest", 1), span.get("highest")
        return max(opset, lowest) if highest is None else min(max(opset, lowest), highest)

    @field_validator("operators", mode="before")
    @classmethod
    def _short_rows(cls, rows: Any) -> Any:
        """A row may be just its opsets."""
        if not isinstance(rows, dict):
            return rows
        return {name: {"opsets": row} if isinstance(row, str) else row for name, row in rows.items()}

    @model_validator(mode="after")
    def _rules_exist(self) -> Profile:
        for name, settings in self.rules.items():
            check_settings(name, settings)
        if (self.decides is None) != (not self.operators):
            raise ValueError("a table of operators needs `decides`, and `decides` a table")
        return self


def parse_versions(text: str) -> frozenset[int]:
    """``"8-16,18"`` as the set of its numbers.

    Raises:
        ValueError: It is not of that form.
    """
    found: set[int] = set()
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def profile_names() -> tuple[str, ...]:
    """The names of all profiles, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def profile_named(target: str) -> Profile:
    """The profile of that name, or the one in the file of that path (ending ``.toml``).

    Raises:
        UnknownNameError: There is no such profile.
        ModelNotFoundError: There is no such file.
        RecipeError: The file is not a valid profile.
    """
    if target.endswith(".toml"):
        return read_profile(Path(target))
    if target not in profile_names():
        raise unknown_name("target", target, profile_names())
    return _own_profile(target)


@functools.cache
def _own_profile(name: str) -> Profile:
    return read_profile(FOLDER / f"{name}.toml")


def read_profile(path: Path) -> Profile:
    """Reads a profile, with what it extends.

    Raises:
        ModelNotFoundError: The file cannot be read.
        RecipeError: It is not a valid profile.
    """
    try:
        data = _merged(path)
        if data.get("name", path.stem) != path.stem:
            raise RecipeError(f"{path}: its name is {data['name']!r}", hint=f"name it {path.stem!r}, as the file")
        return Profile.model_validate({**data, "name": path.stem})
    except ValidationError as error:
        problems = error.errors()
        problem = next((item for item in problems if item["type"] == "extra_forbidden"), problems[0])
        where = ".".join(str(part) for part in problem["loc"])
        close = near_matches(str(problem["loc"][-1]), Profile.model_fields) if problem["loc"] else ()
        hint = f"did you mean {', '.join(close)}?" if problem["type"] == "extra_forbidden" and close else ""
        place = f"{where}: " if where else ""
        raise RecipeError(f"{path} is not a valid profile: {place}{problem['msg']}", hint=hint) from None


def _merged(path: Path) -> dict[str, Any]:
    data = _parsed(path)
    base_name = data.get("extends")
    if base_name is None:
        return data
    base = next(
        (item for item in (path.with_name(f"{base_name}.toml"), FOLDER / f"{base_name}.toml") if item.exists()), None
    )
    if base is None or base == path:
        raise unknown_name("profile to extend", str(base_name), profile_names(), where=str(path))
    below = _parsed(base)
    if "extends" in below:
        raise RecipeError(f"{path} extends {base_name}, which extends another one", hint="extend that one")
    rules = {**below.get("rules", {}), **data.get("rules", {})}
    return {
        **below,
        **data,
        "ways": {**below.get("ways", {}), **data.get("ways", {})},
        "rules": {name: settings for name, settings in rules.items() if settings is not False},
        "operators": {**below.get("operators", {}), **data.get("operators", {})},
    }


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="give a profile's path") from None
    except ValueError as error:
        raise RecipeError(f"{path} is not valid TOML: {error}") from None
