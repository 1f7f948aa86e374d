import subprocess
import sys
from pathlib import Path

import pytest

from modelwright.backends.manifests import BackendManifest, backend_for, backend_named, backends
from modelwright.errors import InternalError, UnknownNameError, UsageError


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
