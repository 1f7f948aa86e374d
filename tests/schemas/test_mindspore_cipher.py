import builtins
from pathlib import Path

import pytest

from modelwright.errors import ModelFormatError, ModelNotFoundError, ToolMissingError, UsageError
from modelwright.schemas.mindspore_cipher import Cipher, decrypt, is_encrypted, mode_of, read_cipher

FILES = Path(__file__).parents[1] / "fixtures/mindir/encrypted"
LOCKED = sorted(path for path in FILES.iterdir() if path.name.startswith(("AES", "SM4")))


def key_of(path):
    return bytes(range(int(path.stem.rpartition("-")[2])))


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_what_mindspore_encrypts(path):
    assert mode_of(path) == path.stem.rpartition("-")[0]
    plain = decrypt(path.read_bytes(), Cipher(key=key_of(path)), path)
    if path.suffix == ".ckpt":
        assert plain == (FILES / "plain.ckpt").read_bytes()
    else:
        assert b"MindSpore" in plain
        assert not is_encrypted(plain)


def test_several_blocks():
    path = FILES / "AES-CBC-16.ckpt"
    plain = (FILES / "plain.ckpt").read_bytes()
    assert decrypt(path.read_bytes() * 3, Cipher(key=key_of(path), mode="AES-CBC"), path) == plain * 3


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_a_file_that_is_cut_or_changed(path):
    data, cipher = path.read_bytes(), Cipher(key=key_of(path))
    for size in range(4, len(data), max(len(data) // 40, 1)):
        with pytest.raises(ModelFormatError):
            decrypt(data[:size], cipher, path)
    with pytest.raises(ModelFormatError, match="damaged"):
        decrypt(data + b"more", cipher, path)
    with pytest.raises(ModelFormatError, match="damaged"):
        decrypt(data[:4] + b"\xff" * 60 + data[64:], cipher, path)


def test_keys_that_do_not_open():
    path = FILES / "AES-GCM-32.mindir"
    data = path.read_bytes()
    with pytest.raises(ModelFormatError, match=r"encrypted \(AES-GCM\)"):
        decrypt(data, None, path)
    with pytest.raises(ModelFormatError, match="does not open"):
        decrypt(data, Cipher(key=bytes(32)), path)
    with pytest.raises(UsageError, match="with AES-GCM, not SM4-CBC"):
        decrypt(data, Cipher(key=bytes(32), mode="SM4-CBC"), path)
    with pytest.raises(ModelFormatError, match="have 16 bytes, not 32"):
        decrypt((FILES / "SM4-CBC-16.ckpt").read_bytes(), Cipher(key=bytes(32)), path)
    with pytest.raises(UsageError, match="is not encrypted"):
        decrypt(b"plain", Cipher(key=bytes(16)), path)
    assert decrypt(b"plain", None, path) == b"plain"


def test_keys_in_files(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(bytes(range(24)))
    assert read_cipher(file, "AES-CBC") == Cipher(key=bytes(range(24)), mode="AES-CBC")
    file.write_text("hex:000102030405060708090a0b0c0d0e0f\n")
    assert read_cipher(file, None) == Cipher(key=bytes(range(16)))
    assert read_cipher(None, None) is None
    for text in ("hex:zz", "hex:00", "short"):
        file.write_text(text)
        with pytest.raises(ModelFormatError, match="holds no key"):
            read_cipher(file, None)
    with pytest.raises(ModelNotFoundError):
        read_cipher(tmp_path / "gone", None)
    with pytest.raises(UsageError, match="is one of AES-GCM, AES-CBC, SM4-CBC"):
        read_cipher(file, "AES-ECB")
    with pytest.raises(UsageError, match="without dec_key"):
        read_cipher(None, "AES-GCM")


def test_without_the_library(monkeypatch):
    real = builtins.__import__

    def missing(name, *further):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *further)

    monkeypatch.setattr(builtins, "__import__", missing)
    path = FILES / "AES-GCM-16.mindir"
    with pytest.raises(ToolMissingError) as caught:
        decrypt(path.read_bytes(), Cipher(key=bytes(range(16))), path)
    assert "modelwright[encrypted]" in caught.value.hint
