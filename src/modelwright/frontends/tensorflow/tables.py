"""The contents of lookup tables, collected from the operators that fill them.

A table is a HashTable node; an import of two constants, of a text asset, or of a checkpoint's tensors fills it. Text
assets are UTF-8 lines; column -2 is the whole line, -1 the line's number, others a field between delimiters
(TensorFlow's ``InitializeTableFromTextFileV2``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.frontends.tensorflow.constants import numpy_dtype, to_numpy
from modelwright.frontends.tensorflow.flat import FlatGraph
from modelwright.frontends.tensorflow.messages import Message, split_ref
from modelwright.schemas.spans import SpanStore

Array: TypeAlias = np.ndarray[Any, Any]
Table: TypeAlias = tuple[Array, Array]

TABLE_OPS: Final = frozenset({"HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2"})
_IMPORTS: Final = frozenset({"LookupTableImport", "LookupTableImportV2", "InitializeTable", "InitializeTableV2"})
_TEXT_FILES: Final = frozenset({"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"})
FILL_OPS: Final = _IMPORTS | _TEXT_FILES


def read_tables(
    flat: FlatGraph,
    spans: SpanStore,
    assets: Mapping[str, Path],
    restored: Callable[[Message, int], Message | None],
) -> dict[str, Table]:
    """Keys and values of every table that something fills, by the name of the table's node.

    Args:
        flat: The graph with its initializers, functions inlined.
        spans: Where span markers lead.
        assets: Asset files by the name of the Const node that holds their path.
        restored: Gives the tensor that output ``index`` of a RestoreV2 node reads; ``None`` without a checkpoint.

    Raises:
        ModelNotFoundError: An asset file is missing.
        ModelFormatError: A table is filled from something that is not constant, or an asset lacks a column.
    """
    reader = _TableReader(flat, spans, assets, restored)
    by_shared_name: dict[str, list[str]] = {}
    for node in flat.nodes.values():
        if node.op in TABLE_OPS:
            by_shared_name.setdefault(_shared_name(node), []).append(node.name)
    found: dict[str, Table] = {}
    for node in list(flat.nodes.values()):
        if node.op not in FILL_OPS:
            continue
        table = _behind_copies(flat, node.input[0])
        if table is None or table.op not in TABLE_OPS:
            continue
        content = reader.text_file(node, table) if node.op in _TEXT_FILES else reader.imported(node)
        if content is not None:
            found.update(dict.fromkeys(by_shared_name[_shared_name(table)], content))
    return found


def _behind_copies(flat: FlatGraph, ref: str) -> Message | None:
    """The node behind a reference, through Identity nodes."""
    node, _ = flat.producer(ref)
    seen: set[str] = set()
    while node is not None and node.op == "Identity" and node.name not in seen:
        seen.add(node.name)
        node, _ = flat.producer(node.input[0])
    return node


def _shared_name(node: Message) -> str:
    return (node.attr["shared_name"].s.decode() if "shared_name" in node.attr else "") or node.name


class _TableReader:
    def __init__(
        self,
        flat: FlatGraph,
        spans: SpanStore,
        assets: Mapping[str, Path],
        restored: Callable[[Message, int], Message | None],
    ) -> None:
        self._flat = flat
        self._spans = spans
        self._assets = assets
        self._restored = restored

    def imported(self, node: Message) -> Table | None:
        keys, values = (self._values(ref) for ref in self._flat.inputs(node)[1:3])
        return None if keys is None or values is None else (keys, values)

    def _values(self, ref: str) -> Array | None:
        constant = self._flat.constant_source(ref)
        if constant is not None:
            return to_numpy(constant.attr["value"].tensor, self._spans)
        name, index = split_ref(self._flat.resolve(ref))
        node = self._flat.nodes.get(name)
        while node is not None and node.op == "Identity":
            name, index = split_ref(self._flat.resolve(node.input[0]))
            node = self._flat.nodes.get(name)
        if node is None or node.op != "RestoreV2":
            return None
        tensor = self._restored(node, index)
        return None if tensor is None else to_numpy(tensor, self._spans)

    def _path(self, ref: str) -> Path | None:
        """The file that a tensor names: an asset or a constant, possibly by way of an initialized variable."""
        for _ in range(8):
            node, _ = self._flat.producer(ref)
            if node is None:
                return None
            if node.name in self._assets:
                return self._assets[node.name]
            if node.op == "Const":
                return Path(to_numpy(node.attr["value"].tensor, self._spans).ravel()[0].decode())
            if node.op == "ReadVariableOp":
                following = self._assigned(self._flat.resolve(node.input[0]))
            else:
                following = node.input[0] if node.op == "Identity" else ""
            if not following:
                return None
            ref = following
        return None

    def _assigned(self, handle: str) -> str:
        for node in self._flat.nodes.values():
            if node.op == "AssignVariableOp" and self._flat.resolve(node.input[0]) == handle:
                return node.input[1]
        return ""

    def text_file(self, node: Message, table: Message) -> Table:
        path = self._path(self._flat.inputs(node)[1])
        if path is None:
            raise ModelFormatError(f"table {table.name!r} is filled from a file whose name is not constant")
        if not path.is_file():
            hint = "copy the SavedModel with its assets folder"
            raise ModelNotFoundError(f"{path}: the file that fills table {table.name!r} is missing", hint=hint)
        offset = node.attr["offset"].i if "offset" in node.attr else 0
        lines = path.read_bytes().split(b"\n")[offset:]
        if lines and not lines[-1]:
            lines.pop()
        lines = [line.removesuffix(b"\r") for line in lines]
        size = node.attr["vocab_size"].i if "vocab_size" in node.attr else -1
        lines = lines[:size] if size >= 0 else lines
        delimiter = node.attr["delimiter"].s if "delimiter" in node.attr else b"\t"
        try:
            return (
                _column(lines, node.attr["key_index"].i, delimiter, table.attr["key_dtype"].type),
                _column(lines, node.attr["value_index"].i, delimiter, table.attr["value_dtype"].type),
            )
        except (IndexError, ValueError) as error:
            raise ModelFormatError(f"{path}: does not fit table {table.name!r}: {error}") from error


def _column(lines: list[bytes], index: int, delimiter: bytes, dtype: int) -> Array:
    target = numpy_dtype(dtype)
    if index == -1:
        return np.arange(len(lines)).astype(target)
    fields = lines if index == -2 else [line.split(delimiter)[index] for line in lines]
    if not target.hasobject:
        return np.array([target.type(field.decode()) for field in fields], target)
    values = np.empty(len(fields), np.object_)
    values[:] = fields
    return values
