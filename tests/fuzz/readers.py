"""The readers as functions of bytes: what a user's command would do with a file of these contents.

Each writes the bytes where a model would lie, reads it, and describes it. An error of ``modelwright.errors`` other than
an internal one is a good answer; any other exception, a hang or a large allocation is a finding.
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from modelwright.backends.ascend.om.summary import summarize as summarize_om
from modelwright.backends.tensorrt.describe import describe as describe_engine
from modelwright.errors import InternalError, ModelwrightError
from modelwright.formats import Format
from modelwright.frontends.manifest import LoadRequest, frontend_for
from modelwright.frontends.paddle.parameters import read_combined, read_separate
from modelwright.hub.io import load as load_onnx
from modelwright.hub.io import save
from modelwright.pipeline.recipe import load_recipe

FIXTURES = Path(__file__).parents[1] / "fixtures"

Reader = Callable[[bytes, Path], None]


def _read(path: Path, source: Format) -> None:
    """Detects, describes and loads as ``modelwright info`` and ``convert`` do."""
    frontend = frontend_for(source)
    frontend.detect(path)
    for work in (lambda: frontend.describe(path, source), lambda: frontend.load(LoadRequest(path=path, format=source))):
        try:
            work()
        except InternalError:
            raise
        except ModelwrightError:
            continue


def _written(data: bytes, path: Path) -> Path:
    path.write_bytes(data)
    return path


def onnx(data: bytes, folder: Path) -> None:
    """An ONNX model, written again if it can be read."""
    path = _written(data, folder / "model.onnx")
    (folder / "weights.data").write_bytes(bytes(256))
    _read(path, Format.ONNX)
    try:
        save(load_onnx(path), folder / "out.onnx")
    except InternalError:
        raise
    except ModelwrightError:
        return


def graphdef(data: bytes, folder: Path) -> None:
    """A binary GraphDef."""
    _read(_written(data, folder / "graph.pb"), Format.TF_GRAPHDEF)


def pbtxt(data: bytes, folder: Path) -> None:
    """A GraphDef as text."""
    _read(_written(data, folder / "graph.pbtxt"), Format.TF_GRAPHDEF)


def saved_model(data: bytes, folder: Path) -> None:
    """The ``saved_model.pb`` of a SavedModel whose variables are sound."""
    _copy(FIXTURES / "tensorflow" / "reader" / "tf2_module" / "variables", folder / "variables")
    _written(data, folder / "saved_model.pb")
    _read(folder, Format.TF_SAVED_MODEL)


def bundle(data: bytes, folder: Path) -> None:
    """The index of a checkpoint whose graph and shards are sound."""
    _copy(FIXTURES / "tensorflow" / "reader" / "tf1_checkpoint", folder / "checkpoint")
    _written(data, folder / "checkpoint" / "model.ckpt.index")
    _read(folder / "checkpoint" / "model.ckpt.meta", Format.TF_CHECKPOINT)


def tflite(data: bytes, folder: Path) -> None:
    """A TFLite file."""
    _read(_written(data, folder / "model.tflite"), Format.TFLITE)


def tfjs(data: bytes, folder: Path) -> None:
    """The ``model.json`` of a TensorFlow.js model whose shards are sound."""
    for shard in sorted((FIXTURES / "tensorflow" / "tfjs" / "network").glob("*.bin")):
        shutil.copy(shard, folder)
    _written(data, folder / "model.json")
    _read(folder, Format.TFJS)


def keras(data: bytes, folder: Path) -> None:
    """The configuration in a Keras archive; bytes that are an archive are taken as one."""
    if not data.startswith(b"PK"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("config.json", data)
            archive.writestr("metadata.json", json.dumps({"keras_version": "3"}))
        data = buffer.getvalue()
    frontend = frontend_for(Format.KERAS)
    path = _written(data, folder / "model.keras")
    frontend.detect(path)
    try:
        frontend.describe(path, Format.KERAS)
    except InternalError:
        raise
    except ModelwrightError:
        return


def prototxt(data: bytes, folder: Path) -> None:
    """The text of a Caffe net without trained weights."""
    _read(_written(data, folder / "net.prototxt"), Format.CAFFE)


def caffemodel(data: bytes, folder: Path) -> None:
    """The weights of a Caffe net, which hold the net too."""
    _read(_written(data, folder / "net.caffemodel"), Format.CAFFE)


def paddle_program(data: bytes, folder: Path) -> None:
    """A Paddle ProgramDesc beside parameters that are too short for most programs."""
    (folder / "model.pdiparams").write_bytes(bytes(64))
    _read(_written(data, folder / "model.pdmodel"), Format.PADDLE_PROGRAM)


def paddle_pir(data: bytes, folder: Path) -> None:
    """A program of Paddle 3 beside such parameters."""
    (folder / "model.pdiparams").write_bytes(bytes(64))
    _read(_written(data, folder / "model.json"), Format.PADDLE_PIR)


def paddle_parameters(data: bytes, folder: Path) -> None:
    """A combined file of two parameters, and the file of one."""
    _answered(lambda path: read_combined(path, ["a", "b"], {}), _written(data, folder / "a"))
    _answered(lambda path: read_separate(path.parent, ["a"], {}), folder / "a")


def mindir(data: bytes, folder: Path) -> None:
    """A MindIR file whose weights are in it, or in a file of zeros beside it."""
    (folder / "data_0").write_bytes(bytes([1]) + bytes(255))
    _read(_written(data, folder / "model.mindir"), Format.MINDIR)


def om(data: bytes, folder: Path) -> None:
    """An Ascend offline model."""
    _answered(summarize_om, _written(data, folder / "model.om"))


def engine(data: bytes, folder: Path) -> None:
    """An engine of TensorRT-RTX."""
    _answered(describe_engine, _written(data, folder / "model.engine"))


def recipe(data: bytes, folder: Path) -> None:
    """A recipe in JSON and in TOML."""
    _answered(load_recipe, _written(data, folder / "recipe.json"))
    _answered(load_recipe, _written(data, folder / "recipe.toml"))


def _answered(work: Callable[[Path], object], path: Path) -> None:
    try:
        work(path)
    except InternalError:
        raise
    except ModelwrightError:
        return


def _copy(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for item in sorted(source.iterdir()):
        if not (target / item.name).is_file():
            shutil.copy(item, target)


READERS: dict[str, Reader] = {
    reader.__name__: reader
    for reader in (
        *(onnx, graphdef, pbtxt, saved_model, bundle, tflite, tfjs, keras),
        *(prototxt, caffemodel, paddle_program, paddle_pir, paddle_parameters, mindir, om, engine, recipe),
    )
}
