"""docs/service.md says what the classes say."""

import inspect
import re
from pathlib import Path

import modelwright.service.errors as errors

PAGE = Path(__file__).parents[2] / "docs" / "service.md"


def test_the_table_is_the_tree():
    rows = re.findall(r"^\| (MW-S\d+) \| (\d+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    classes = [item for item in vars(errors).values() if inspect.isclass(item)]
    ours = [item for item in classes if issubclass(item, errors.ServiceError) and item is not errors.ServiceError]
    assert set(rows) == {(item.code, str(item.status), inspect.getdoc(item).splitlines()[0]) for item in ours}
