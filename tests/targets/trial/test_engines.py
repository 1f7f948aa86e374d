import sys
from pathlib import Path

from modelwright.targets.profile import profile_named, profile_names
from modelwright.targets.trial.engines import engine_named, interpreters


def test_every_engine_that_a_profile_names_has_a_worker():
    named = {profile_named(name).engine for name in profile_names()} - {None}
    assert named
    assert all(engine_named(name).script.is_file() for name in named)


def test_onnx_runtime_is_found_here():
    engine = engine_named("onnxruntime")
    assert interpreters(engine, None) == (Path(sys.executable),)


def test_the_named_interpreter_comes_first():
    other = Path("env/bin/python")
    assert interpreters(engine_named("onnxruntime"), other) == (other, Path(sys.executable))
    assert interpreters(engine_named("tensorrt_rtx"), other)[0] == other
