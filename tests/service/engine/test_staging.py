import hashlib

import pytest

from modelwright.service.engine.staging import stage, work_key
from modelwright.service.errors import ForbiddenError


def test_copies_are_hashed(context, tmp_path):
    own = context.store.own("default")
    (own / "in/v").mkdir(parents=True)
    (own / "in/v/a").write_bytes(b"1" * 3_000_000)
    (own / "in/b").write_bytes(b"")
    place = context.store.place("default", (own / "in").as_uri())
    hashes = stage(place, tmp_path / "copy")
    assert hashes == {"b": hashlib.sha256().hexdigest(), "v/a": hashlib.sha256(b"1" * 3_000_000).hexdigest()}
    assert (tmp_path / "copy/v/a").stat().st_size == 3_000_000
    (own / "in/c").symlink_to("/etc/hostname")
    with pytest.raises(ForbiddenError):
        stage(place, tmp_path / "again")


def test_keys_tell_everything_apart():
    base = ("t", {"a": "1"}, {"f": "h"}, "v")
    changed = [("u", *base[1:]), ("t", {"a": "2"}, *base[2:]), (*base[:2], {"g": "h"}, "v"), (*base[:3], "w")]
    assert len({work_key(*item) for item in [base, *changed]}) == 5
    assert work_key("t", {"a": "1", "b": "2"}, {}, "v") == work_key("t", {"b": "2", "a": "1"}, {}, "v")
