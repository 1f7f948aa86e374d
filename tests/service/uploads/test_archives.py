import io
import tarfile
import zipfile

import pytest

from modelwright.service.errors import InvalidRequestError, TooLargeError
from modelwright.service.uploads import archives
from modelwright.service.uploads.archives import is_archive, unpack

MANY = 1 << 30


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def tarred(path, entries, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for item, data in entries:
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return path


def test_good_ones(tmp_path):
    zipped(tmp_path / "a.zip", [("m/", ""), ("m/a", b"1"), ("b", b"2")])
    tarred(tmp_path / "a.tgz", [(tarfile.TarInfo("m/a"), b"1"), (tarfile.TarInfo("./b"), b"2")])
    for name in ("a.zip", "a.tgz"):
        assert is_archive(tmp_path / name)
        unpack(tmp_path / name, tmp_path / f"out-{name}", most_bytes=MANY)
        assert (tmp_path / f"out-{name}/m/a").read_bytes() == b"1"
        assert (tmp_path / f"out-{name}/b").read_bytes() == b"2"
    (tmp_path / "plain").write_bytes(b"no archive")
    assert not is_archive(tmp_path / "plain")


@pytest.mark.parametrize("name", ["../up", "/abs", "a/../../up", "..\\up", ".bashrc"])
def test_names_that_lead_outside(tmp_path, name):
    for path in (
        zipped(tmp_path / "a.zip", [(name, b"x")]),
        tarred(tmp_path / "a.tar", [(tarfile.TarInfo(name), b"x")], "w"),
    ):
        with pytest.raises(InvalidRequestError):
            unpack(path, tmp_path / f"out{path.suffix}", most_bytes=MANY)
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "a.tar", "out.zip", "out.tar"}
    assert not list((tmp_path / "out.zip").iterdir())


def test_a_file_without_a_name(tmp_path):
    path = zipped(tmp_path / "a.zip", [(zipfile.ZipInfo(""), b"x")])
    with pytest.raises(InvalidRequestError, match="a file without a name"):
        unpack(path, tmp_path / "out", most_bytes=MANY)


def test_links_and_devices(tmp_path):
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        item = tarfile.TarInfo("x")
        item.type, item.linkname = kind, "/etc/passwd"
        path = tarred(tmp_path / "a.tar", [(item, b"")], "w")
        with pytest.raises(InvalidRequestError, match="link or device"):
            unpack(path, tmp_path / f"o{kind.decode()}", most_bytes=MANY)
    link = zipfile.ZipInfo("x")
    link.external_attr = 0o120777 << 16
    with pytest.raises(InvalidRequestError, match="link or device"):
        unpack(zipped(tmp_path / "a.zip", [(link, "/etc/passwd")]), tmp_path / "oz", most_bytes=MANY)


def test_bombs(tmp_path, monkeypatch):
    bomb = zipped(tmp_path / "b.zip", [("x", bytes(8 << 20))])
    with pytest.raises(TooLargeError):
        unpack(bomb, tmp_path / "o1", most_bytes=1 << 20)
    monkeypatch.setattr(archives, "_FREE", 1 << 20)
    with pytest.raises(TooLargeError):
        unpack(bomb, tmp_path / "o2", most_bytes=MANY)
    monkeypatch.setattr(archives, "MOST_FILES", 2)
    with pytest.raises(TooLargeError, match="over 2 files"):
        unpack(zipped(tmp_path / "c.zip", [(str(n), b"") for n in range(3)]), tmp_path / "o3", most_bytes=MANY)


def test_damaged_ones(tmp_path):
    good = zipped(tmp_path / "a.zip", [("a", b"1" * 1000), ("b", b"2")]).read_bytes()
    for number, data in enumerate((good[:-30] + good[-22:], good[:40] + b"\xff" * 8 + good[48:])):
        path = tmp_path / f"d{number}.zip"
        path.write_bytes(data)
        with pytest.raises(InvalidRequestError):
            unpack(path, tmp_path / f"o{number}", most_bytes=MANY)
    tar = tarred(tmp_path / "t.tgz", [(tarfile.TarInfo("a"), b"x" * 5000)]).read_bytes()
    (tmp_path / "t2.tgz").write_bytes(tar[:-20])
    with pytest.raises(InvalidRequestError):
        unpack(tmp_path / "t2.tgz", tmp_path / "ot", most_bytes=MANY)
    twice = zipped(tmp_path / "w.zip", [("a", b"1"), ("a/b", b"2")])
    with pytest.raises(InvalidRequestError, match=r"cannot be unpacked|twice"):
        unpack(twice, tmp_path / "ow", most_bytes=MANY)
