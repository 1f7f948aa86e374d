"""The container of an ``.om`` file: a header of 256 bytes, then one table of partitions a model, each with its data.

Numbers are little-endian. A table whose header states a model length in 64 bits has 64-bit offsets and sizes, else
32-bit ones; offsets count from the table's end. Nothing but the header and the tables is read.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from modelwright.errors import ModelFormatError, ModelNotFoundError

MAGIC: Final = b"IMOD"
HEADER_BYTES: Final = 256
_MOST_PARTITIONS: Final = 30_000
_MOST_MODELS: Final = 10_000
_WORDS: Final = struct.Struct("<4sII")
_LENGTHS: Final = struct.Struct("<IBBBB32sI")
_LATER: Final = struct.Struct("<II20s4xQ")
_NARROW: Final = struct.Struct("<III")
_WIDE: Final = struct.Struct("<I4xQQ")


class PartitionKind(enum.IntEnum):
    """What a partition holds."""

    MODEL_DEF = 0
    WEIGHTS_DATA = 1
    TASK_INFO = 2
    TBE_KERNELS = 3
    CUST_AICPU_KERNELS = 4
    SO_BINS = 5
    FLOW_MODEL = 6
    FLOW_SUBMODEL = 7
    MODEL_INOUT_INFO = 8
    STATIC_TASK_DESC = 9
    DYNAMIC_TASK_DESC = 10
    TASK_PARAM = 11
    PRE_MODEL_DESC = 20


MODEL_TYPES: Final = ("graph (IR)", "standard", "tiny", "flow", "lite", "bundle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header.

    Attributes:
        version: Version of the container.
        length: Bytes after the header, as stated.
        encrypted: Whether the partitions are encrypted.
        kind: What sort of model it is, a word of ``MODEL_TYPES`` or its number.
        name: The model's name.
        ir_version: Version of the graph IR.
        models: Number of models, each with a table of its own.
        platform: Version of the platform it was made for; often empty.
        wide: Whether tables have 64-bit entries.
    """

    version: int
    length: int
    encrypted: bool
    kind: str
    name: str
    ir_version: int
    models: int
    platform: str
    wide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition: which model it belongs to, what it holds, where it begins in the file and how long it is."""

    model: int
    kind: int
    offset: int
    size: int

    @property
    def label(self) -> str:
        """The kind's name."""
        known = self.kind in set(PartitionKind)
        return PartitionKind(self.kind).name if known else f"type {self.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Header and partitions of a file, in the file's order; ``start`` is where the header lies in the file."""

    path: Path
    start: int
    header: Header
    partitions: tuple[Partition, ...]

    def read(self, partition: Partition) -> bytes:
        """The partition's bytes.

        Raises:
            ModelFormatError: The file has become shorter.
        """
        with _opened(self.path) as file:
            file.seek(partition.offset)
            data = file.read(partition.size)
        if len(data) != partition.size:
            raise damaged(self.path, f"partition {partition.label} ends after {len(data)} of {partition.size} bytes")
        return data

    def of_kind(self, kind: PartitionKind) -> Iterator[Partition]:
        """The partitions of a kind."""
        return (item for item in self.partitions if item.kind == kind)


def damaged(path: Path, reason: str) -> ModelFormatError:
    """The error for a file that is not what it says."""
    return ModelFormatError(f"{path}: {reason}", hint="the file is truncated or damaged; convert or copy it again")


def read_container(path: Path, *, start: int = 0, size: int | None = None) -> Container:
    """Reads header and tables.

    Args:
        path: The file.
        start: Where the header begins, for a model inside another one.
        size: Bytes from there to the model's end; None for the file's end.

    Raises:
        ModelNotFoundError: The file cannot be read.
        ModelFormatError: It is no ``.om``, truncated, or its tables contradict its length.
    """
    with _opened(path) as file:
        end = start + size if size is not None else file.seek(0, 2)
        header = _header(path, _piece(path, file, start, HEADER_BYTES, end, "header"))
        partitions, after = _tables(path, file, header, start + HEADER_BYTES, end)
    if after != end:
        raise damaged(path, f"{end - after} bytes follow the last partition")
    if header.length != end - start - HEADER_BYTES:
        raise damaged(
            path, f"the header states {header.length} bytes of content, there are {end - start - HEADER_BYTES}"
        )
    return Container(path=path, start=start, header=header, partitions=partitions)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelNotFoundError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error


def _piece(path: Path, file: BinaryIO, offset: int, size: int, end: int, what: str) -> bytes:
    if offset + size > end:
        raise damaged(path, f"it ends inside the {what}")
    file.seek(offset)
    data = file.read(size)
    if len(data) != size:
        raise damaged(path, f"it ends inside the {what}")
    return data


def _header(path: Path, data: bytes) -> Header:
    magic, head_size, version = _WORDS.unpack_from(data, 0)
    if magic != MAGIC:
        raise ModelFormatError(f"{path} is no .om file: it does not begin with {MAGIC.decode()}", hint="check the path")
    if head_size != HEADER_BYTES:
        raise damaged(path, f"its header states a length of {head_size} bytes instead of {HEADER_BYTES}")
    short, encrypted, _, kind, _, name, _ = _LENGTHS.unpack_from(data, 76)
    ir_version, models, platform, long = _LATER.unpack_from(data, 152)
    return Header(
        version=version,
        length=long or short,
        encrypted=bool(encrypted),
        kind=MODEL_TYPES[kind] if kind < len(MODEL_TYPES) else f"type {kind}",
        name=_text(name),
        ir_version=ir_version,
        models=models,
        platform=_text(platform),
        wide=bool(long),
    )


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")


def _tables(path: Path, file: BinaryIO, header: Header, offset: int, end: int) -> tuple[tuple[Partition, ...], int]:
    """The partitions of all models, and where the last one ends."""
    count = header.models or 1
    if count > _MOST_MODELS:
        raise damaged(path, f"its header states {count} models")
    found: list[Partition] = []
    for model in range(count):
        partitions, offset = _table(path, file, header, model, offset, end)
        found += partitions
    return tuple(found), offset


def _table(
    path: Path, file: BinaryIO, header: Header, model: int, offset: int, end: int
) -> tuple[list[Partition], int]:
    head, entry = (8, _WIDE) if header.wide else (4, _NARROW)
    where = f"table of partitions of model {model}"
    count = int.from_bytes(_piece(path, file, offset, head, end, where)[:4], "little")
    if not 0 < count <= _MOST_PARTITIONS:
        raise damaged(path, f"the {where} states {count} entries")
    data = _piece(path, file, offset + head, count * entry.size, end, where)
    base = offset + head + len(data)
    found: list[Partition] = []
    after = base
    for kind, begin, size in entry.iter_unpack(data):
        item = Partition(model=model, kind=kind, offset=base + begin, size=size)
        if item.offset + size > end:
            raise damaged(
                path, f"partition {item.label} of model {model} ends {item.offset + size - end} bytes too late"
            )
        found.append(item)
        after = max(after, item.offset + size)
    return found, after
