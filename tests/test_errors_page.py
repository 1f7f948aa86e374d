"""docs/errors.md says what the classes say."""

import inspect
import re
from pathlib import Path

import modelwright as mw
import modelwright.errors as errors

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"


def _classes():
    found = [item for item in vars(errors).values() if inspect.isclass(item)]
    return [item for item in found if issubclass(item, errors.ModelwrightError) and item is not errors.ModelwrightError]


def test_the_table_is_the_tree():
    rows = re.findall(r"^\| (MW-\w+) \| (\d+) \| `(\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    said = {name: (code, int(exit_code), meaning) for code, exit_code, name, meaning in rows}
    known = {item.__name__: (item.code, item.exit_code, inspect.getdoc(item).splitlines()[0]) for item in _classes()}
    assert said == known


def test_codes_are_unique_and_classes_public():
    codes = [item.code for item in _classes()]
    assert len(codes) == len(set(codes))
    assert {item.__name__ for item in _classes()} <= set(mw.__all__)
