import pytest
from pydantic import ValidationError

from modelwright.service.tasks.schemas import NewTask, TaskNames


def test_unknown_fields_are_refused():
    with pytest.raises(ValidationError):
        NewTask.model_validate({"nmae": "x"})
    with pytest.raises(ValidationError):
        TaskNames(ids=[])
