import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from modelwright.backends.manifests import (
    Asked,
    BackendManifest,
    Written,
    backend_for,
    backend_named,
    backends,
)
from modelwright.errors import InternalError, UnknownNameError, UsageError
from modelwright.formats import Original, OriginalKind
from modelwright.options import Option, OptionKind


def test_backends_are_found_by_walking():
    assert "onnx" in [manifest.name for manifest in backends()]
    assert backend_named("ONNX").label == "ONNX"
    assert backend_for(Path("a/b.ONNX")).name == "onnx"


def test_unknown_targets_and_endings_list_what_there_is():
    with pytest.raises(UnknownNameError, match="onx") as caught:
        backend_named("onx")
    assert "onnx" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        backend_for(Path("m.bin"))
    assert ".onnx" in caught.value.hint


def test_unknown_options_are_refused():
    with pytest.raises(UnknownNameError, match="external"):
        backend_named("onnx").write(None, Path("m.onnx"), {"external": True})


def test_a_writer_must_account_for_what_it_wrote():
    silent = BackendManifest(name="x", label="X", suffixes=(), writer="builtins:print")
    with pytest.raises(InternalError, match="target x"):
        silent.write("model", Path("m.x"))


def test_manifests_import_nothing_heavy():
    script = (
        "import sys; from modelwright.backends.manifests import backends; backends();"
        "heavy = {'numpy', 'onnx', 'onnx_ir', 'onnxruntime'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_writer_may_take_one_request(monkeypatch, tmp_path):
    module = ModuleType("one_request")
    seen = []
    module.write = lambda request: seen.append(request) or Written(files=(request.path,))
    module.prepare = lambda request: Asked(profile=request.options["level"])
    monkeypatch.setitem(sys.modules, "one_request", module)
    options = (Option(name="level", kind=OptionKind.TEXT, help=""),)
    manifest = BackendManifest(
        name="x",
        label="X",
        suffixes=(),
        writer="one_request:write",
        takes_request=True,
        prepare="one_request:prepare",
        options=options,
    )
    original = Original(kind=OriginalKind.CAFFE, names={}, write=lambda folder, stem: ())
    manifest.write("model", tmp_path / "m.x", {"level": "high"}, scratch=tmp_path, originals=(original,))
    (request,) = seen
    assert (request.model, request.options, request.originals) == ("model", {"level": "high"}, (original,))
    assert request.scratch == tmp_path
    assert manifest.asks(request) == Asked(profile="high")
    plain = BackendManifest(name="y", label="Y", suffixes=(), writer="one_request:write")
    assert plain.asks(request) is None
