"""What a template says, held against this schema when its file is read."""

from __future__ import annotations

import enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A text in both languages."""

    en: str
    zh: str


class SettingType(enum.StrEnum):
    """What a setting's value is; on the command line and in a request it is always written as a text."""

    TEXT = "text"
    CHOICE = "choice"
    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    """``true`` or ``false``."""
    NAMES = "names"
    """Tensor names separated by colons, ``input1:input2``; numbers belong to the name before: ``x:0:y:0``."""
    SHAPES = "shapes"
    """Shapes of inputs, ``name1:1,224,224,3;name2:1,10``."""


class Form(enum.StrEnum):
    """How a setting's value is written into the recipe."""

    PLAIN = "plain"
    """As its type says: a text, a number, true or false, a list of names."""
    NAMED_SHAPES = "named-shapes"
    """A list ``name[1,3,224,224]``; sizes join names that are there already."""
    COMPILER_SHAPES = "compiler-shapes"
    """As ATC takes shapes; ``?`` for the batch is 1, the only batch that such templates had."""
    BATCH = "batch"
    """The size of the first dimension of every input where the model leaves it open, as ``NAMED_SHAPES``."""


class Put(_Strict):
    """Where a setting's value goes in the recipe.

    Attributes:
        at: Key in the recipe, sections separated by dots (``output.options.out_nodes``), or ``artifact``.
        value: What is put there; None for the setting's value.
        form: In which form.
        joined: A list is put as one text, separated by commas.
        when: Put only when these settings have these values.
    """

    at: str
    value: str | int | float | bool | None = None
    form: Form = Form.PLAIN
    joined: bool = False
    when: dict[str, str] = Field(default_factory=dict)


class Setting(_Strict):
    """One thing that a user may set.

    Attributes:
        id: Its name in requests and after ``--set``.
        label: Its name for people.
        type: What its value is.
        help: What it does.
        default: The value when none is given; empty for none.
        required: Whether a value must be given.
        choices: The values there are, for choices.
        minimum: Least number.
        maximum: Greatest number.
        example: A value as an example.
        needs: A value other than the default may be given only when these settings have these values.
        excludes: Settings that cannot be given besides.
        puts: Where the value goes; nothing is put for an empty value.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    type: SettingType
    help: Text
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    example: str = ""
    needs: dict[str, str] = Field(default_factory=dict)
    excludes: tuple[str, ...] = ()
    puts: tuple[Put, ...]


class FileRule(_Strict):
    """Files that an input folder must or may hold.

    Attributes:
        role: What they are for: ``model``, ``weights``, ``reference``, ...
        patterns: Glob patterns of their paths below the model's folder; one of them must match.
        help: What they are.
        least: How many there must be.
        most: How many there may be; None for any number.
        whole: The patterns are of paths below the input folder, not below the model's.
        put: Key in the recipe that gets the one file's path; empty for none.
        calibrates: They are calibration data, in one folder or one for each input, that the recipe quantizes with.
        when: The rule counts only when these settings have these values; else such files are not used.
        refused: Why such files are not taken; empty when they are.
        remedy: What to do instead.
    """

    role: str
    patterns: tuple[str, ...]
    help: Text
    least: int = 0
    most: int | None = 1
    whole: bool = False
    put: str = ""
    calibrates: bool = False
    when: dict[str, str] = Field(default_factory=dict)
    refused: str = ""
    remedy: str = ""


class InputRules(_Strict):
    """What an input folder holds.

    Attributes:
        name: Name of the rules.
        source: Role of the file that is the model's path; empty when the model's folder is.
        files: Rules of files.
    """

    name: str
    source: str = ""
    files: tuple[FileRule, ...]


class Origin(enum.StrEnum):
    """Where a template comes from."""

    MODELARTS = "modelarts"
    OWN = "modelwright"


class Template(_Strict):
    """One template.

    Attributes:
        name: Its name.
        description: What it does.
        chip: ``ascend``, ``arm``, ``gpu`` or ``general``.
        framework: The framework that trained the model.
        format: The model's file format.
        result: Ending of what comes out, without the dot.
        target: The backend that writes it.
        profile: The target profile that is asked about a model that cannot be converted.
        origin: Where it comes from.
        artifact: Path of the artifact in the output folder; ``{stem}`` is the model file's stem, or ``model``.
        outputs: Further files of the output folder and what they are.
        input: What the input folder holds.
        settings: What can be set.
        recipe: What its recipe says whatever is set.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")
    description: Text
    chip: str
    framework: str
    format: str
    result: str
    target: str
    profile: str
    origin: Origin
    artifact: str
    outputs: dict[str, Text]
    input: InputRules
    settings: tuple[Setting, ...]
    recipe: dict[str, Any] = Field(default_factory=dict)

    def setting(self, name: str) -> Setting | None:
        """The setting of that name, or None."""
        return next((item for item in self.settings if item.id == name), None)

    def data(self) -> dict[str, Any]:
        """The template as plain data, as REST and ``--json`` give it."""
        return self.model_dump(mode="json")
