import zipfile

import pytest

from modelwright.formats import Format
from modelwright.frontends.tensorflow.manifest import detect
from modelwright.frontends.tensorflow.recognize import looks_like_keras, looks_like_tfjs

HDF5 = b"\x89HDF\r\n\x1a\n"


def _zip(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return path


def test_keras_archives_and_other_archives(tmp_path):
    assert looks_like_keras(_zip(tmp_path / "a.bin", "config.json", "model.weights.h5"))
    assert not looks_like_keras(_zip(tmp_path / "b.pt", "data.pkl"))
    assert detect(_zip(tmp_path / "c.keras", "config.json", "model.weights.h5")) is Format.KERAS
    broken = tmp_path / "d.bin"
    broken.write_bytes(b"PK\x03\x04 no more")
    assert not looks_like_keras(broken)
    assert looks_like_keras(broken.rename(tmp_path / "d.keras"))


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [("m.h5", b"", True), ("m.bin", b"... keras_version ...", True), ("m.bin", b"... data ...", False)],
)
def test_hdf5_by_its_attributes_or_suffix(tmp_path, name, content, found):
    path = tmp_path / name
    path.write_bytes(HDF5 + content)
    assert looks_like_keras(path) is found


def test_folders(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    assert detect(tmp_path) is None
    (tmp_path / "model.weights.h5").write_bytes(HDF5)
    assert detect(tmp_path) is Format.KERAS
    other = tmp_path / "js"
    other.mkdir()
    (other / "model.json").write_text('{"modelTopology": {}}')
    assert detect(other) is Format.TFJS
    assert looks_like_tfjs(other / "model.json")


@pytest.mark.parametrize("text", ["", "[]", '{"layers": 1}'])
def test_other_json(tmp_path, text):
    path = tmp_path / "m.json"
    path.write_text(text)
    assert not looks_like_tfjs(path)
    assert detect(path) is None
