from modelwright.formats import Format
from modelwright.frontends.tensorflow.manifest import detect


def test_folders_and_files_that_are_none(tmp_path):
    assert detect(tmp_path) is None
    assert detect(tmp_path / "nothing") is None
    other = tmp_path / "m.bin"
    other.write_bytes(b"\x08\x08\x3a\x00\x42\x00")
    assert detect(other) is None
    named = tmp_path / "m.pb"
    named.write_bytes(b"")
    assert detect(named) is Format.TF_GRAPHDEF


def test_a_library_or_versions_first(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(b"\x22\x02\x08\x01\x12\x00\x0a\x00")
    assert detect(path) is Format.TF_GRAPHDEF
