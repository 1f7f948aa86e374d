from modelwright.backends.manifests import BackendManifest
from modelwright.frontends.manifest import frontend_of_command
from modelwright.pipeline import interpreters as module
from modelwright.workers.interpreters import TENSORFLOW, Interpreter


def test_sources_first_then_artifacts_each_once(monkeypatch):
    other = Interpreter(name="ms_python", framework="Other", variable="OTHER_PYTHON")
    manifests = [
        BackendManifest(name=str(item), label="", suffixes=(), writer="", interpreter=item)
        for item in (other, TENSORFLOW, None)
    ]
    monkeypatch.setattr(module, "backends", lambda: manifests)
    found = module.interpreters([frontend_of_command("tf1"), frontend_of_command("onnx")])
    assert found == (TENSORFLOW, other)
    assert len(set(module.interpreters())) == len(module.interpreters()) > 2
