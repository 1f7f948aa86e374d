import subprocess
import sys

import pytest

from modelwright.errors import InternalError, UnknownNameError
from modelwright.formats import Format
from modelwright.frontends.manifest import Option, OptionKind, frontend_for, frontend_of_command, frontends


def test_frontends_are_found_by_walking_and_every_format_has_one():
    assert [frontend.name for frontend in frontends()] == ["onnx", "tensorflow"]
    for source in Format:
        assert source in frontend_for(source).formats


def test_commands():
    assert frontend_of_command("tf1").name == "tensorflow"
    with pytest.raises(UnknownNameError, match="caffe"):
        frontend_of_command("caffe")


def test_option_names_are_python_names_and_flags_spell_them():
    for frontend in frontends():
        for option in frontend.options:
            assert option.name.isidentifier()
            assert option.spellings[0].removeprefix("--").replace("-", "_") == option.name
            assert option.help
    assert Option(name="x", kind=OptionKind.TEXT, help="h").spellings == ("--x",)


def test_an_unread_format_is_an_internal_error(monkeypatch):
    monkeypatch.setattr("modelwright.frontends.manifest.frontends", lambda: ())
    with pytest.raises(InternalError, match="onnx"):
        frontend_for(Format.ONNX)


def test_manifests_import_nothing_heavy():
    script = (
        "import sys; from modelwright.frontends.manifest import frontends; frontends();"
        "heavy = {'numpy', 'onnx', 'onnx_ir', 'google.protobuf', 'pydantic'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
