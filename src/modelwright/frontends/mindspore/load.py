"""From a request to a hub model: reads and converts a MindIR file."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import onnx_ir as ir

from modelwright.errors import ModelFormatError
from modelwright.formats import Format, Original, OriginalKind
from modelwright.frontends.manifest import Imported, LoadRequest, SourceTensor
from modelwright.frontends.mindspore.convert import convert_graph
from modelwright.frontends.mindspore.describe import summarize
from modelwright.frontends.mindspore.graph import graph_of
from modelwright.frontends.mindspore.tensors import TensorReader
from modelwright.hub.opset import DEFAULT_OPSET, check_opset
from modelwright.schemas.mindir_file import plain_name, read_mindir
from modelwright.schemas.mindspore_cipher import mode_of, read_cipher


def load(request: LoadRequest) -> Imported:
    """Reads and converts a MindIR file.

    Args:
        request: Path, opset, and the key of an encrypted file.

    Raises:
        UserError: The model is missing, damaged or unsupported, or the key is not there or not right.
        ToolMissingError: The model is encrypted, and no library to decrypt it is installed.
    """
    if request.format is Format.MINDSPORE_CHECKPOINT:
        raise ModelFormatError(
            f"{request.path} holds weights only; the network is Python code",
            hint="load it into its network in MindSpore and export that with file_format='MINDIR'",
        )
    opset = check_opset(request.opset or DEFAULT_OPSET)
    key = request.options.get("dec_key")
    cipher = read_cipher(None if key is None else Path(key), request.options.get("dec_mode"))
    message = read_mindir(request.path, cipher)
    reader = TensorReader(request.path)
    graph = graph_of(message, str(request.path))
    model = convert_graph(graph, reader, opset=opset)
    return Imported(
        model=model,
        summary=summarize(message, request.path),
        files=(request.path, *reader.files),
        done=(f"converted to ONNX opset {opset}",),
        inputs=tuple(SourceTensor(name=plain_name(item.name), source=plain_name(item.name)) for item in graph.inputs),
        outputs=tuple(SourceTensor(name=value.name or "", source=value.name or "") for value in model.graph.outputs),
        originals=() if cipher is not None else (_original(request.path, reader.files, model),),
        details={} if key is None else {"dec_key": str(key), "dec_mode": mode_of(request.path)},
    )


def _original(path: Path, beside: Iterable[Path], model: ir.Model) -> Original:
    """The file as it is, for MindSpore Lite; weights beside it keep their place, by which the file names them."""

    def write(folder: Path, stem: str) -> tuple[Path, ...]:
        copies = {file: folder / file.relative_to(path.parent) for file in beside}
        for file, copy in {path: folder / f"{stem}.mindir", **copies}.items():
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, copy)
        return (folder / f"{stem}.mindir", *copies.values())

    values = [*model.graph.inputs, *model.graph.outputs]
    return Original(
        kind=OriginalKind.MINDIR, names={value.name or "": value.name or "" for value in values}, write=write
    )
