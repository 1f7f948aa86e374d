"""Running a large model piece by piece in ONNX Runtime, so that memory holds the weights of one piece at a time.

The whole graph is loaded once, weights left on disk, to see that it loads. Then each piece gets a session of its own
with the values made so far, and goes before the next one comes. Products are not prepared for the processor in
advance, which would copy every weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from modelwright.hub.pieces import Piece, ReferringModel

LARGE: Final = 512 << 20
"""Bytes of weights from which on a model is run in pieces."""

_LARGEST_GRAPH: Final = 16 << 20
"""Bytes up to which a file is searched for references to external data; a graph of 50,000 nodes is smaller."""

_SMALLEST_BUDGET: Final = 64 << 20
_PARTS: Final = 16


class PieceSession:
    """Offers of ``onnxruntime.InferenceSession`` what running needs."""

    def __init__(self, model: ReferringModel, folder: Path, options: Any) -> None:
        """Loads the whole graph once, its weights left on disk.

        Args:
            model: The model.
            folder: The folder of its file.
            options: Session options; those about weights are added.
        """
        self._model = model
        self._options = options
        _leave_weights_unpacked(options)
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
        whole = self._session(model.whole())
        self._inputs, self._outputs = whole.get_inputs(), whole.get_outputs()
        self._pieces = model.pieces(max(_SMALLEST_BUDGET, model.weight_bytes // _PARTS))

    def get_inputs(self) -> list[Any]:
        """The model's inputs."""
        return self._inputs

    def get_outputs(self) -> list[Any]:
        """The model's outputs."""
        return self._outputs

    def run(self, names: Sequence[str], feeds: Mapping[str, np.ndarray]) -> list[Any]:
        """The outputs of those names.

        Raises:
            Exception: What ONNX Runtime raises.
        """
        values = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in feeds.items()}
        last = {name: place for place, piece in enumerate(self._pieces) for name in piece.reads}
        for place, piece in enumerate(self._pieces):
            values |= self._run_piece(piece, values)
            done = [name for name in values if last.get(name, -1) <= place and name not in names]
            for name in done:
                del values[name]
        return [values[name].numpy() for name in names]

    def _run_piece(self, piece: Piece, values: Mapping[str, Any]) -> dict[str, Any]:
        if not piece.gives:
            return {}
        types = {name: _element_type(values[name]) for name in piece.reads}
        session = self._session(self._model.message(piece, types))
        found = session.run_with_ort_values(list(piece.gives), {name: values[name] for name in piece.reads})
        return dict(zip(piece.gives, found, strict=True))

    def _session(self, message: bytes) -> Any:
        return onnxruntime.InferenceSession(message, self._options, providers=["CPUExecutionProvider"])


def _element_type(value: Any) -> int:
    """The ONNX element type of a tensor that the runtime holds, from ``tensor(float)``."""
    import onnx

    name = value.data_type().removeprefix("tensor(").removesuffix(")")
    return onnx.TensorProto.DataType.Value(name.upper())


def large_session(path: Path, options: Any) -> PieceSession | None:
    """A session that runs in pieces if the model is large and can be divided, else None.

    Args:
        path: The file.
        options: Session options, changed if there is such a session.

    Raises:
        ModelwrightError: The file cannot be read.
        Exception: What ONNX Runtime raises when the model does not load.
    """
    if not _may_be_large(path):
        return None
    from modelwright.hub.pieces import ReferringModel

    model = ReferringModel(path)
    if model.weight_bytes < LARGE or not model.divisible:
        return None
    return PieceSession(model, path.parent, options)


def _may_be_large(path: Path) -> bool:
    """Whether the file is large or names external data."""
    if not path.is_file():
        return False
    size = path.stat().st_size
    return size >= LARGE or (size < _LARGEST_GRAPH and b"location" in path.read_bytes())


def _leave_weights_unpacked(options: Any) -> None:
    """Sets the option that keeps sessions from copying weights; setting it twice makes ONNX Runtime print a warning."""
    name = "session.disable_prepacking"
    try:
        options.get_session_config_entry(name)
    except RuntimeError:
        options.add_session_config_entry(name, "1")
