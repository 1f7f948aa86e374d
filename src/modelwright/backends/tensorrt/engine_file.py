"""Reads what an engine of TensorRT-RTX says of itself, without a GPU and without TensorRT.

The layout is not documented. It was found by comparing engines that TensorRT-RTX 1.7.1 built with different settings;
all numbers are little-endian:

    0x00  "vtrt", 4 bytes of zero         0x18  version, four bytes
    0x08  u64 number of sections          0x1c  "vtrt"
    0x10  u64 size of what follows 0x18   0x20  u64 mask of targets, one bit a compute capability
    0x38  u64 bytes of weights            0x40  sections: tag reversed, 4 bytes of zero, u64 offset, u64 size

The section ENGN begins with tagged values, among them the names of the inputs and outputs, and holds the fused graphs
as text, a dialect that the compiler calls Myelin.
"""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.backends.tensorrt.capabilities import Capability, of_mask
from modelwright.backends.tensorrt.recognize import MAGIC
from modelwright.errors import ModelFormatError, ModelNotFoundError

_HEADER: Final = 0x40
_SECTION: Final = struct.Struct("<4s4xQQ")
_MOST_SECTIONS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the file."""

    tag: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFile:
    """An engine's header and graph.

    Attributes:
        version: The TensorRT-RTX that built it.
        targets: The GPUs it was built for.
        weight_bytes: Bytes of weights.
        file_bytes: Bytes of the file.
        sections: Its parts.
        graph: The text of the fused graph; empty when there is none.
        bindings: Names of the engine's inputs and outputs.
        layers: Names of the ONNX nodes that are in it, in the file's order.
    """

    version: str
    targets: tuple[Capability, ...]
    weight_bytes: int
    file_bytes: int
    sections: tuple[Section, ...]
    graph: str
    bindings: tuple[str, ...]
    layers: tuple[str, ...]


def read_engine(path: Path) -> EngineFile:
    """Reads an engine.

    Raises:
        ModelNotFoundError: It cannot be read.
        ModelFormatError: It is truncated, or not laid out as TensorRT-RTX does.
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _read(path, data)
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the permissions") from error
    except ValueError:
        raise ModelFormatError(f"{path} is empty", hint="build the engine again") from None


def _read(path: Path, data: mmap.mmap) -> EngineFile:
    if len(data) < _HEADER or data[:4] != MAGIC or data[0x1C:0x20] != MAGIC:
        raise ModelFormatError(
            f"{path} does not begin like an engine of TensorRT-RTX",
            hint="engines of the full TensorRT can be inspected by the trtexec that built them only",
        )
    (count,) = struct.unpack_from("<Q", data, 0x08)
    (targets,) = struct.unpack_from("<Q", data, 0x20)
    (weights,) = struct.unpack_from("<Q", data, 0x38)
    sections = _sections(path, data, count)
    engine = next((data[part.offset : part.offset + part.size] for part in sections if part.tag == "ENGN"), b"")
    return EngineFile(
        version=".".join(str(number) for number in data[0x18:0x1C]),
        targets=of_mask(targets),
        weight_bytes=weights,
        file_bytes=len(data),
        sections=sections,
        graph=_graph(engine),
        bindings=_bindings(engine),
        layers=_layers(engine),
    )


def _sections(path: Path, data: mmap.mmap, count: int) -> tuple[Section, ...]:
    if count > _MOST_SECTIONS or _HEADER + count * _SECTION.size > len(data):
        raise ModelFormatError(f"{path}: the header tells of {count} sections", hint="the file is damaged; build again")
    found: list[Section] = []
    for place in range(count):
        tag, offset, size = _SECTION.unpack_from(data, _HEADER + place * _SECTION.size)
        name = tag[::-1].decode("latin-1")
        if offset + size > len(data):
            raise ModelFormatError(
                f"{path}: the section {name} ends at byte {offset + size}, the file at {len(data)}",
                hint="the file is truncated; copy or build it again",
            )
        found.append(Section(tag=name, offset=offset, size=size))
    return tuple(found)


_GRAPH_START: Final = re.compile(rb"header \{\n")
_TEXT: Final = re.compile(rb"[\t\n\r\x1c-\x7e\x80-\xff]+")


def _graph(engine: bytes) -> str:
    """Every text of a fused graph in the section, one after the other."""
    texts = [_TEXT.match(engine, found.start()) for found in _GRAPH_START.finditer(engine)]
    return "\n".join(text[0].decode("utf-8", "replace") for text in texts if text is not None)


_BINDING: Final = re.compile(rb"\x0c\x80\x01\x00(.{8})", re.DOTALL)
_BEHIND: Final = b"\x1c\x80\x01\x00"
_LONGEST_NAME: Final = 4096


def _bindings(engine: bytes) -> tuple[str, ...]:
    """Names that stand, after their length, between two marks in front of the graphs."""
    graph = _GRAPH_START.search(engine)
    head = engine[: graph.start()] if graph else engine
    names: dict[str, None] = {}
    for found in _BINDING.finditer(head):
        (size,) = struct.unpack("<Q", found[1])
        name = head[found.end() : found.end() + min(size, _LONGEST_NAME)]
        if head[found.end() + size : found.end() + size + 4] == _BEHIND:
            names[name.decode("utf-8", "replace")] = None
    return tuple(names)


_LAYER: Final = re.compile(rb"\[ONNX Layer: ([^\]\x00]{1,1000})\]")


def _layers(engine: bytes) -> tuple[str, ...]:
    """Names of ONNX nodes, each once."""
    return tuple(dict.fromkeys(found[1].decode("utf-8", "replace") for found in _LAYER.finditer(engine)))
