import os

import numpy as np
import pytest

from modelwright.hub.io_copy import COPIED_FROM, copy_mapped
from modelwright.schemas.spans import map_file


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "source.bin"
    path.write_bytes(np.random.default_rng(0).bytes(3 * COPIED_FROM))
    return path, map_file(path)


def test_appends_the_same_bytes(mapped, tmp_path):
    _, data = mapped
    view = np.frombuffer(data, np.float32)[1000 : 1000 + COPIED_FROM // 2].view(np.uint8).data
    with (tmp_path / "target.bin").open("wb") as file:
        file.write(b"before")
        assert copy_mapped(file, view)
        file.write(b"after")
    assert (tmp_path / "target.bin").read_bytes() == b"before" + bytes(view) + b"after"


def test_leaves_to_others_what_is_small_or_in_memory(mapped, tmp_path):
    _, data = mapped
    with (tmp_path / "target.bin").open("wb") as file:
        assert not copy_mapped(file, data[: COPIED_FROM - 1])
        assert not copy_mapped(file, memoryview(bytes(2 * COPIED_FROM)))
    assert (tmp_path / "target.bin").read_bytes() == b""


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_was_replaced_is_not_copied_from(mapped, tmp_path, gone):
    path, data = mapped
    path.unlink()
    if not gone:
        path.write_bytes(bytes(3 * COPIED_FROM))
    with (tmp_path / "target.bin").open("wb") as file:
        assert not copy_mapped(file, data)
    assert (tmp_path / "target.bin").read_bytes() == b""


def test_where_the_system_cannot(mapped, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("not on this file system")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    with (tmp_path / "target.bin").open("wb") as file:
        assert not copy_mapped(file, mapped[1])
        file.write(mapped[1])
    assert (tmp_path / "target.bin").read_bytes() == bytes(mapped[1])
