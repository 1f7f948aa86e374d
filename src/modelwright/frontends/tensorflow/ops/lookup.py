"""Hash tables: lookups become LabelEncoder of the ai.onnx.ml domain."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from modelwright.frontends.tensorflow.builder import LookupTable, TensorFlowBuilder
from modelwright.frontends.tensorflow.operators import tf_op
from modelwright.hub.opset import ONNX_ML_DOMAIN

_TABLE_ATTRIBUTES = ("key_dtype", "value_dtype", "container", "shared_name", "use_node_name_sharing")
_MUTABLE_ATTRIBUTES = ("empty_key", "deleted_key", "value_shape", "initial_num_buckets", "max_load_factor")
_CARRIERS = {"strings": ir.DataType.STRING, "int64s": ir.DataType.INT64, "floats": ir.DataType.FLOAT}
"""What LabelEncoder calls its dtypes; everything else is cast to one of them and back."""

_CUT = "cut the graph after the lookup with --inputs"


@tf_op("HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2", ignores=_TABLE_ATTRIBUTES)
def table(op: TensorFlowBuilder) -> LookupTable:
    """The table with its initial contents."""
    found = op.tables.get(op.node.name)
    if found is None:
        raise op.fail(
            "is a table that nothing constant fills", hint=f"convert the SavedModel with its assets, or {_CUT}"
        )
    return found


@tf_op("MutableDenseHashTable", "MutableDenseHashTableV2", ignores=(*_TABLE_ATTRIBUTES, *_MUTABLE_ATTRIBUTES))
def dense_table(op: TensorFlowBuilder, _empty: ir.Value, _deleted: ir.Value | None = None) -> LookupTable:
    """A table that is filled as the model runs, unless its contents are known."""
    return table(op)


def _need_table(op: TensorFlowBuilder, item: Any) -> LookupTable:
    if isinstance(item, LookupTable):
        return item
    raise op.fail(f"expects a table but gets a {type(item).__name__}")


def _kind(op: TensorFlowBuilder, array: np.ndarray, what: str) -> str:
    """What LabelEncoder calls the elements of an array; wider types than its own would lose digits."""
    dtype = array.dtype
    if dtype.kind == "O":
        return "strings"
    if dtype.kind in "iub" and dtype != np.uint64:
        return "int64s"
    if dtype.kind == "f" and dtype.itemsize <= 4:
        return "floats"
    raise op.fail(f"has {what} of type {dtype}, which ONNX cannot look up", hint=_CUT)


def _items(op: TensorFlowBuilder, array: np.ndarray, kind: str) -> list[Any]:
    flat = array.reshape(-1).tolist()
    if kind != "strings":
        return [float(item) if kind == "floats" else int(item) for item in flat]
    try:
        return [item if isinstance(item, str) else bytes(item).decode() for item in flat]
    except UnicodeDecodeError as error:
        raise op.fail("has texts that are not UTF-8, which ONNX cannot hold", hint=_CUT) from error


@tf_op("LookupTableFind", "LookupTableFindV2")
def find(op: TensorFlowBuilder, handle: Any, keys: ir.Value, default: ir.Value) -> ir.Value:
    """The values of ``keys``, ``default`` for keys that the table lacks; the result has the shape of ``keys``."""
    found = _need_table(op, handle)
    if found.values.ndim != 1 or found.keys.ndim != 1:
        raise op.fail("looks up vectors, which ONNX cannot", hint=_CUT)
    if not found.keys.size:
        return op.Expand(default, op.shape_of(keys))
    key_kind, value_kind = _kind(op, found.keys, "keys"), _kind(op, found.values, "values")
    otherwise = op.need_constant(default, "the default of a lookup").astype(found.values.dtype)
    attributes = {
        f"keys_{key_kind}": _items(op, found.keys, key_kind),
        f"values_{value_kind}": _items(op, found.values, value_kind),
        f"default_{value_kind.removesuffix('s')}": _items(op, otherwise, value_kind)[0],
    }
    result = op.LabelEncoder(op.cast(keys, _CARRIERS[key_kind]), domain=ONNX_ML_DOMAIN, **attributes)
    shape = op.shape(keys)
    result.dtype, result.shape = _CARRIERS[value_kind], None if shape is None else ir.Shape(shape)
    return result if value_kind == "strings" else op.cast(result, ir.DataType.from_numpy(found.values.dtype))


@tf_op("LookupTableSize", "LookupTableSizeV2")
def size(op: TensorFlowBuilder, handle: Any) -> ir.Value:
    """The number of keys, int64."""
    return op.constant(np.asarray(len(_need_table(op, handle).keys), dtype=np.int64))


@tf_op("LookupTableExport", "LookupTableExportV2")
def export(op: TensorFlowBuilder, handle: Any) -> tuple[ir.Value, ir.Value]:
    """All keys and all values; TensorFlow gives them in an order of its own, here it is that of the source."""
    found = _need_table(op, handle)
    return op.constant(found.keys), op.constant(found.values)
