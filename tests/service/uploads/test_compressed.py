import bz2
import gzip
import io
import lzma
import tarfile

import pytest

from modelwright.service.uploads import compressed
from modelwright.service.uploads.compressed import Bounded, decompressed, is_tar


def tar():
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        item = tarfile.TarInfo("a")
        item.size = 3
        archive.addfile(item, io.BytesIO(b"abc"))
    return data.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_archives_are_known_by_their_content(pack):
    assert is_tar(io.BytesIO(pack(tar())))
    assert decompressed(io.BytesIO(pack(tar()))).read() == tar()
    assert not is_tar(io.BytesIO(pack(b"model" * 1000)))
    assert not is_tar(io.BytesIO(pack(tar())[:10]))


def test_only_so_much_at_once(monkeypatch):
    monkeypatch.setattr(compressed, "_MOST_AT_ONCE", 100)
    stream = Bounded(io.BytesIO(bytes(1000)))
    assert len(stream.read(100)) == 100
    assert stream.seek(-50, 2) == 950
    assert len(stream.read()) == 50
    stream.seek(0)
    with pytest.raises(ValueError, match="has over 100 bytes"):
        stream.read()
    with pytest.raises(ValueError, match="said to have 101"):
        stream.read(101)
    assert stream.seekable()
