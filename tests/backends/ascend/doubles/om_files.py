"""Writes containers like ``.om`` files for tests: by the format's description, with nothing that a chip could run."""

from __future__ import annotations

import struct

from modelwright.schemas.pool import load_schema

MODEL_DEF, WEIGHTS, TASK_INFO, INOUT = 0, 1, 2, 8


def tensor(desc, dtype, dims, layout="ND", name=""):
    desc.name, desc.dtype, desc.layout = name, dtype, layout
    desc.shape.dim.extend(dims)


def model_def(inputs, outputs, *, name="net", operators=("Relu",), attributes=None, gears=None, dtype=1):
    """A serialized ModelDef: Data operators, a chain of others, a NetOutput.

    Args:
        inputs: Name and dims of each input.
        outputs: ``operator:index`` and dims of each output.
        gears: ``(dynamic type, sizes)``, for a Case operator.
    """
    model = load_schema("ascend").message("ModelDef")(name=name)
    graph = model.graph.add(name=name)
    for index, (label, dims) in enumerate(inputs):
        op = graph.op.add(name=label, type="Data")
        op.attr["index"].i = index
        tensor(op.output_desc.add(), dtype, dims)
    for index, kind in enumerate(operators):
        graph.op.add(name=f"{kind}_{index}", type=kind)
    if gears is not None:
        op = graph.op.add(name="choice", type="Case")
        op.attr["_dynamic_type"].i = gears[0]
        for index, sizes in enumerate(gears[1]):
            op.attr[f"_pred_value_{index}"].list.i.extend(sizes)
    op = graph.op.add(name="Node_Output", type="NetOutput")
    for label, dims in outputs:
        op.input.append(label)
        tensor(op.input_desc.add(), dtype, dims)
    for key, value in (attributes or {}).items():
        if isinstance(value, int):
            model.attr[key].i = value
        else:
            model.attr[key].s = value.encode()
    return model.SerializeToString(deterministic=True)


def inout(inputs, outputs, *, dtype=0):
    """The partition of inputs and outputs: name and dims of each."""
    blocks = b""
    for kind, tensors in ((0, inputs), (1, outputs), (6, [])):
        body = struct.pack("<I", len(tensors))
        for name, dims in tensors:
            text, sizes = name.encode(), struct.pack(f"<{len(dims)}q", *dims)
            body += struct.pack("<QIIIIII", 0, 2, dtype, len(text), len(sizes), len(sizes), 0) + text + sizes + sizes
        blocks += struct.pack("<II", kind, len(body)) + body
    return blocks


def header(length, *, wide=True, models=1, name="net", kind=0, encrypted=0, platform=""):
    data = bytearray(256)
    struct.pack_into("<4sII", data, 0, b"IMOD", 256, 0x20000000)
    struct.pack_into("<IBBBB32s", data, 76, 0 if wide else length, encrypted, 0, kind, 0, name.encode())
    struct.pack_into("<II20s4xQ", data, 152, 2, models, platform.encode(), length if wide else 0)
    return bytes(data)


def table(partitions, *, wide=True):
    """A table with its data: kinds and contents."""
    rows, blob = b"", b""
    for kind, data in partitions:
        rows += (
            struct.pack("<I4xQQ", kind, len(blob), len(data))
            if wide
            else struct.pack("<III", kind, len(blob), len(data))
        )
        blob += data
    count = struct.pack("<II", len(partitions), 0) if wide else struct.pack("<I", len(partitions))
    return count + rows + blob


def om_file(*models, wide=True, **options):
    """A whole file: one list of partitions a model."""
    body = b"".join(table(partitions, wide=wide) for partitions in models)
    return header(len(body), wide=wide, models=len(models), **options) + body
