"""Writing the hub to ONNX files: one tensor in memory at a time, the same bytes every time, all or nothing.

While the graph is serialized every tensor of 4 KiB or more is stood for by a marker; then the message, now small, is
taken apart around the markers, the enclosing lengths are computed anew, and the tensors' bytes go straight to the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import onnx
import onnx_ir as ir

from modelwright.errors import OutputError
from modelwright.hub.external_data import DATA_SUFFIX, Placement, lay_out
from modelwright.hub.io_atomic import OutputFiles
from modelwright.hub.io_copy import copy_mapped
from modelwright.hub.io_message import Message, message_of
from modelwright.hub.io_places import TensorPlace
from modelwright.hub.io_stream import Piece, split_at_stand_ins
from modelwright.hub.io_tensors import payload, release_pages

PROTOBUF_LIMIT = 2**31 - 1

_HEADROOM: Final = 1 << 24
_CHUNK: Final = 1 << 24


def save(
    model: ir.Model, path: Path | str, *, external_data: bool | None = None, data_name: str | None = None
) -> tuple[Path, ...]:
    """Writes the model and returns the files written, the model first; the model in memory stays as it was.

    The file gets the lowest IR version that its opsets and dtypes allow, and modelwright as producer.

    Args:
        model: The model; its tensors may be lazy or memory-mapped, also from the file that is being replaced.
        path: The file to write; missing folders are made.
        external_data: Whether weights of 4 KiB and more go to ``<name>.data`` beside the model; None for only when the
            model would exceed protobuf's 2 GiB.
        data_name: The name of that file; None for the model's with ``.data``.

    Raises:
        OutputError: The system refuses, or the model is too large for one file; what was there before still is.
    """
    return save_message(message_of(model), path, external_data=external_data, data_name=data_name)


def save_message(
    message: Message, path: Path | str, *, external_data: bool | None = None, data_name: str | None = None
) -> tuple[Path, ...]:
    """Writes a model of which there is a message already, as ``save``."""
    path = Path(path)
    lengths = message.lengths()
    if external_data is None:
        external_data = sum(lengths) > PROTOBUF_LIMIT - _HEADROOM
    outside = [index for index, place in enumerate(message.places) if external_data and place.value is not None]
    placements = dict(zip(outside, lay_out(lengths[index] for index in outside), strict=True))
    data_path = _data_path(path, data_name)
    proto = message.with_outside(placements, data_path.name)
    _leave_names_to_interface(proto.graph)
    pieces, total = split_at_stand_ins(proto, [index for index in range(len(lengths)) if index not in placements])
    if total > PROTOBUF_LIMIT:
        raise OutputError(
            f"{path}: the model takes {total} bytes, more than the 2 GiB one protobuf file can hold",
            hint="let the weights be written to a file beside it (external data)",
        )
    with OutputFiles() as files:
        if outside:
            _write_outside(files.open(data_path), [message.places[index] for index in outside], placements.values())
        _write_pieces(files.open(path), pieces, message.places)
        files.commit()
    return (path, data_path) if outside else (path,)


def _data_path(path: Path, name: str | None) -> Path:
    if name is None:
        return path.with_name(path.name + DATA_SUFFIX)
    if Path(name).name != name or name in ("", ".", "..", path.name):
        raise OutputError(f"{name!r} cannot be the weights' file", hint="give a plain name, other than the model's")
    return path.with_name(name)


def _leave_names_to_interface(graph: onnx.GraphProto) -> None:
    """Keeps names of dimensions for inputs and outputs; of values inside, the rank and the sizes that are numbers.

    Where the shapes of a residual sum are equal by name, ONNX Runtime (1.31) fuses it with the LayerNormalization that
    follows; its operator for both takes four times as long on a CPU as the two, which made BERT 5% slower.
    """
    for info in graph.value_info:
        for dim in info.type.tensor_type.shape.dim:
            if dim.HasField("dim_param"):
                dim.ClearField("dim_param")


def _write_outside(file: BinaryIO, places: Sequence[TensorPlace], placements: Iterable[Placement]) -> None:
    end = 0
    for place, at in zip(places, placements, strict=True):
        file.write(bytes(at.offset - end))
        _write_tensor(file, place.tensor)
        end = at.offset + at.length


def _write_pieces(file: BinaryIO, pieces: Sequence[Piece], places: Sequence[TensorPlace]) -> None:
    for piece in pieces:
        if isinstance(piece, bytes):
            file.write(piece)
        else:
            _write_tensor(file, places[piece].tensor)


def _write_tensor(file: BinaryIO, tensor: ir.TensorProtocol) -> None:
    data = payload(tensor)
    if copy_mapped(file, data):
        return
    for start in range(0, len(data), _CHUNK):
        file.write(data[start : start + _CHUNK])
        release_pages(data)
