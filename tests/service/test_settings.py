import pytest
from pydantic import ValidationError

from modelwright.service.settings import ServiceSettings


def test_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("MODELWRIGHT_SERVICE_WORKERS", "3")
    monkeypatch.setenv("MODELWRIGHT_SERVICE_ROOTS", '{"a": ["/models"]}')
    found = ServiceSettings(data=tmp_path)
    assert found.workers == 3
    assert [str(path) for path in found.roots["a"]] == ["/models"]
    assert found.database_url == f"sqlite:///{tmp_path}/service.sqlite3"
    assert ServiceSettings(database="postgresql://x").database_url == "postgresql://x"


def test_wrong_ones():
    with pytest.raises(ValidationError):
        ServiceSettings(workers=0)
    with pytest.raises(ValidationError):
        ServiceSettings(worker=1)


def test_tasks_at_a_time_in_words():
    assert ServiceSettings(workers=1).at_a_time == "1 task at a time"
    assert ServiceSettings(workers=3).at_a_time == "3 tasks at a time"
