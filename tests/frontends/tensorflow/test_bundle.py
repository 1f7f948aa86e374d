from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.tensorflow.bundle import Bundle, slice_key
from modelwright.frontends.tensorflow.bundle_table import masked_crc32c, read_table, snappy_decompress
from modelwright.frontends.tensorflow.constants import to_numpy
from modelwright.schemas.spans import SpanStore

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "reader"


def test_partitioned_variable_whole_and_in_parts():
    spans = SpanStore()
    bundle = Bundle(FIXTURES / "tf1_ref" / "variables" / "variables", spans)
    with np.load(FIXTURES / "tf1_ref.npz") as data:
        parts = [data["var:net/parts/part_0"], data["var:net/parts/part_1"]]
    whole = np.concatenate(parts, axis=1)
    np.testing.assert_array_equal(to_numpy(bundle.tensor("net/parts"), spans), whole)
    np.testing.assert_array_equal(to_numpy(bundle.tensor("net/parts", "6 130 0,6:65,65"), spans), parts[1])
    np.testing.assert_array_equal(to_numpy(bundle.tensor("net/parts", "6 130 1,2:60,10"), spans), whole[1:3, 60:70])
    np.testing.assert_array_equal(to_numpy(bundle.tensor("net/parts", "6 130 -:3,1"), spans), whole[:, 3:4])


def test_slice_key_keeps_the_order_of_numbers():
    keys = [slice_key("v", [(start, 1)]) for start in (-9000, -65, -64, -1, 0, 1, 63, 64, 8191, 8192, 1 << 40)]
    assert keys == sorted(keys)
    assert slice_key("a\0b", [(0, -1)]) == b"\0a\0\xffb\0\x01\x01\x01\x80\x7f"


def test_unknown_tensor_and_missing_index(tmp_path):
    bundle = Bundle(FIXTURES / "tf1_ref" / "variables" / "variables", SpanStore())
    with pytest.raises(ModelFormatError, match="no tensor named 'nothing'"):
        bundle.tensor("nothing")
    with pytest.raises(ModelNotFoundError, match="index file is missing"):
        Bundle(tmp_path / "variables", SpanStore())


def test_damaged_index_is_noticed(tmp_path):
    source = (FIXTURES / "tf1_ref" / "variables" / "variables.index").read_bytes()
    flipped = bytearray(source)
    flipped[10] ^= 1
    for number, content in enumerate((source[:-1], source[:30], bytes(flipped), b"x" * 100)):
        path = tmp_path / f"{number}.index"
        path.write_bytes(content)
        with pytest.raises(ModelFormatError, match="index"):
            read_table(path)


def test_checksum_and_snappy():
    # RFC 3720, appendix B.4: the CRC-32C of 32 zero bytes is 0x8A9136AA
    crc = 0x8A9136AA
    assert masked_crc32c(b"\0" * 32) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    # a literal of 2 bytes, then a copy of 10 bytes at offset 2 (two-byte offset form)
    assert snappy_decompress(b"\x0c" + b"\x04ab" + bytes([(10 - 1) << 2 | 2, 2, 0])) == b"ab" * 6
    # the one-byte offset form: 4 bytes at offset 1
    assert snappy_decompress(b"\x05" + b"\x00z" + bytes([0 << 2 | 1, 1])) == b"zzzzz"
    with pytest.raises(ValueError, match="outside"):
        snappy_decompress(b"\x05" + b"\x00z" + bytes([1, 9]))
