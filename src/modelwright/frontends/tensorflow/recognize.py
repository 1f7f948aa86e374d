"""Models of Keras and TensorFlow.js told by their content; imports nothing heavy, for the manifest asks it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

TFJS_FILE: Final = "model.json"
"""What TensorFlow.js calls a model's file."""
KERAS_CONFIG: Final = "config.json"
"""Where a Keras archive keeps its layers."""
KERAS_WEIGHTS: Final = "model.weights.h5"
"""Where a Keras archive keeps its weights."""

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_ZIP: Final = b"PK\x03\x04"
_SUFFIXES: Final = (".keras", ".h5", ".hdf5")
_ATTRIBUTES: Final = (b"model_config", b"keras_version", b"layer_names")
_HEAD: Final = 1 << 20


def looks_like_keras(path: Path) -> bool:
    """Whether a file or folder is a Keras model; HDF5 files also by their suffix."""
    if path.is_dir():
        return (path / KERAS_CONFIG).is_file() and (path / KERAS_WEIGHTS).is_file()
    with path.open("rb") as stream:
        head = stream.read(len(_HDF5))
        start = stream.read(_HEAD) if head == _HDF5 else b""
    if head == _HDF5:
        return path.suffix in _SUFFIXES or any(name in start for name in _ATTRIBUTES)
    return head.startswith(_ZIP) and (path.suffix == ".keras" or _holds_config(path))


def _holds_config(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {KERAS_CONFIG, KERAS_WEIGHTS} <= set(archive.namelist())
    except zipfile.BadZipFile:
        return False


def looks_like_tfjs(path: Path) -> bool:
    """Whether a JSON file, or the ``model.json`` in a folder, is a model of TensorFlow.js."""
    file = path / TFJS_FILE if path.is_dir() else path
    if file.suffix != ".json" or not file.is_file():
        return False
    data = file.read_bytes()
    return data.lstrip()[:1] == b"{" and b'"modelTopology"' in data
