"""Tells Caffe's files by what is in them; imports nothing heavy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from modelwright.frontends.sniffing import BYTES, leading_fields

TEXT_SUFFIXES: Final = (".prototxt", ".prototxt.txt")
WEIGHT_SUFFIXES: Final = (".caffemodel", ".caffemodel.h5")
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_NAME, _LAYER = 1, 100  # fields of caffe.proto's NetParameter
_HEAD: Final = 16384
_NET_TEXT: Final = re.compile(rb"^\s*(?:layers?\s*\{|input_dim\s*:|input_shape\s*\{|input\s*:)", re.MULTILINE)
_OTHER_TEXT: Final = re.compile(rb"^\s*(?:node|graph_def|meta_graphs)\s*\{", re.MULTILINE)


def is_caffe_file(path: Path) -> bool:
    """Whether a file is a prototxt or a caffemodel, by its name or its content."""
    if path.name.endswith((*TEXT_SUFFIXES, *WEIGHT_SUFFIXES)):
        return True
    if is_text(path):
        head = _head(path)
        return bool(_NET_TEXT.search(head)) and not _OTHER_TEXT.search(head)
    fields = leading_fields(path, limit=3)
    return (_LAYER, BYTES) in fields and set(fields) <= {(_NAME, BYTES), (_LAYER, BYTES)}


def is_text(path: Path) -> bool:
    """Whether a file begins as text does: UTF-8 without control characters but spaces."""
    head = _head(path)[:1024]
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else the cut went through a character
            return False
    return bool(head) and all(byte >= 32 or byte in b"\t\n\r\f" for byte in head) and not head.startswith(b"PK")


def is_hdf5(path: Path) -> bool:
    """Whether a file is HDF5."""
    return _head(path).startswith(_HDF5)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_HEAD)
