import pytest

from modelwright.errors import UsageError
from modelwright.service.engine.identity import alone, own_name


def test_a_name_stays_with_its_folder(tmp_path):
    first = own_name(tmp_path / "a", "worker")
    assert first == own_name(tmp_path / "a", "worker")
    assert first.endswith(".worker")
    assert len({first, own_name(tmp_path / "b", "worker"), own_name(tmp_path / "a", "local")}) == 3
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["local.id", "worker.id"]


def test_one_of_a_kind_in_a_folder(tmp_path):
    first, other = alone(tmp_path, "worker"), alone(tmp_path, "service")
    with first, other, pytest.raises(UsageError, match="another worker uses"), alone(tmp_path, "worker"):
        pass
    with alone(tmp_path, "worker"):
        pass
