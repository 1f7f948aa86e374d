import hashlib

from modelwright.service.engine import cache as module
from modelwright.service.engine.cache import Cache
from modelwright.service.storage.local_place import LocalPlace

HASH = hashlib.sha256(b"x").hexdigest()


def test_files_come_back(tmp_path):
    cache = Cache(LocalPlace(path=tmp_path / "c"))
    (tmp_path / "a").write_bytes(b"x")
    cache.put(tmp_path / "a", HASH)
    cache.put(tmp_path / "a", HASH)
    assert cache.get([{"name": "m/n", "sha256": HASH}], tmp_path / "o")
    assert (tmp_path / "o/m/n").read_bytes() == b"x"
    assert not cache.get([{"name": "n", "sha256": "0" * 64}], tmp_path / "o")


def test_a_damaged_file_is_none(tmp_path):
    cache = Cache(LocalPlace(path=tmp_path / "c"))
    (tmp_path / "a").write_bytes(b"x")
    cache.put(tmp_path / "a", HASH)
    (tmp_path / "c" / HASH[:2] / HASH).write_bytes(b"y")
    assert not cache.get([{"name": "n", "sha256": HASH}], tmp_path / "o")
    cache.put(tmp_path / "a", HASH)
    assert cache.get([{"name": "n", "sha256": HASH}], tmp_path / "o")


def test_each_project_has_its_own(context):
    with context.database.write() as connection:
        module.keep(connection, "a", "k", "t1", {"x": 1})
        module.keep(connection, "a", "k", "t2", {"x": 2})
        assert module.look_up(connection, "a", "k") == {"task": "t1", "outcome": {"x": 1}}
        assert module.look_up(connection, "b", "k") is None
