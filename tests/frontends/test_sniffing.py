from modelwright.frontends.sniffing import BYTES, VARINT, leading_fields


def test_fields_of_a_message_and_of_nonsense(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(b"\x08\x08" + b"\x3a\x03abc" + b"\x42\x00")
    assert leading_fields(path) == ((1, VARINT), (7, BYTES), (8, BYTES))
    assert leading_fields(path, limit=1) == ((1, VARINT),)
    for data in (b"", b"\x00", b"\x0f", b"\xff" * 40, b"hello world"):
        path.write_bytes(data)
        assert len(leading_fields(path)) <= 2


def test_a_truncated_message_shows_what_is_there(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(b"\x08\x08" + b"\x3a\xff\xff\xff\xff\x0fabc")
    assert leading_fields(path) == ((1, VARINT), (7, BYTES))
