import dataclasses
import importlib
import subprocess
import sys

import pytest

from modelwright.errors import InternalError, UnknownNameError
from modelwright.formats import Format
from modelwright.frontends import manifest
from modelwright.frontends.manifest import (
    frontend_for,
    frontend_of_command,
    frontends,
    frontends_of_command,
    known_formats,
)


def test_frontends_are_found_by_walking_and_every_format_has_one():
    names = [frontend.name for frontend in frontends()]
    assert names == sorted(names)
    assert {"onnx", "tensorflow"} <= set(names)
    assert Format.ONNX in known_formats()
    for source in known_formats():
        assert source in frontend_for(source).formats


def test_commands():
    assert frontend_of_command("tf1").name == "tensorflow"
    with pytest.raises(UnknownNameError, match="mxnet"):
        frontend_of_command("mxnet")


def test_option_names_are_python_names_and_flags_spell_them():
    for frontend in frontends():
        for option in frontend.options:
            assert option.name.isidentifier()
            assert option.spellings[0].removeprefix("--").replace("-", "_") == option.name
            assert option.help


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


def test_a_frontend_joins_the_command_of_another(monkeypatch):
    joined = dataclasses.replace(frontend_for(Format.ONNX), name="other", commands=("other",), joins=("tf2",))
    both = (*frontends(), joined)
    monkeypatch.setattr(manifest, "frontends", lambda: both)
    found = [item.name for item in frontends_of_command("tf2")]
    assert (found[0], found[-1]) == ("tensorflow", "other")
    assert frontends_of_command("other") == (joined,)


def test_every_way_to_run_a_source_can_be_imported():
    for frontend in frontends():
        if frontend.source_run is not None:
            module, _, function = frontend.source_run.runner.partition(":")
            assert callable(getattr(importlib.import_module(module), function))
