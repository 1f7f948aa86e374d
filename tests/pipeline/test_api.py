import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import modelwright as mw
from modelwright.frontends.manifest import frontends
from modelwright.pipeline.api import convert

EXAMPLE = Path(__file__).parents[2] / "examples/digits/saved_model"


def test_importing_the_package_loads_nothing():
    script = "import sys; import modelwright; assert [m for m in sys.modules if m.startswith('modelwright.')] == []"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_every_public_name_is_there():
    for name in mw.__all__:
        assert getattr(mw, name) is not None
    assert dir(mw) == sorted(mw.__all__)
    with pytest.raises(AttributeError, match="convertt"):
        _ = mw.convertt


def test_every_option_of_every_frontend_is_a_keyword():
    keywords = set(inspect.signature(convert).parameters)
    for frontend in frontends():
        assert {option.name for option in frontend.options} <= keywords


def test_sequences_and_mappings_are_taken(small, tmp_path):
    report = mw.convert(small, str(tmp_path / "a.onnx"), inputs=["x[2,3,8,8]", "s[2,2]"])
    again = mw.convert(str(small), tmp_path / "b.onnx", free_dim_param={"N": 2})
    assert [str(item) for item in report.artifact.inputs] == [str(item) for item in again.artifact.inputs]


def test_info():
    assert mw.info(EXAMPLE).parameters == 13578
    with pytest.raises(mw.ModelNotFoundError):
        mw.info("nowhere.onnx")
