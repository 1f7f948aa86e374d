import subprocess
from pathlib import Path

from modelwright.backends.ascend.command import Inputs, arguments, script
from modelwright.backends.ascend.rules import Case
from modelwright.backends.ascend.settings import Tool
from modelwright.backends.ascend.shapes import parse_input_shape


def test_arguments_name_files_without_their_folders():
    settings = {"soc_version": "Ascend310", "insert_op_conf": "", "input_shape": "x:1;y:2", "log": "error"}
    case = Case(tool=Tool.ATC, framework=0, settings=settings, inputs=parse_input_shape("x:1;y:2"), input_format="ND")
    inputs = Inputs(
        model=Path("/a/model.prototxt"),
        weight=Path("/a/model.caffemodel"),
        side={"insert_op_conf": Path("/a/insert_op_conf.cfg")},
    )
    assert arguments(case, inputs, settings) == [
        "--framework=0",
        "--model=model.prototxt",
        "--weight=model.caffemodel",
        "--output=model",
        "--soc_version=Ascend310",
        "--input_shape=x:1;y:2",
        "--insert_op_conf=insert_op_conf.cfg",
        "--log=error",
    ]


def test_the_script_gives_them_as_they_are(tmp_path):
    inputs = Inputs(model=tmp_path / "model.onnx", weight=None, side={})
    given = ["--input_shape=x:1,2;y:3", "--out_nodes=a b:0", "--x='$HOME'"]
    path = tmp_path / "build.sh"
    path.write_text(script(Tool.ATC, "Ascend310", inputs, given))
    program = tmp_path / "bin" / "atc"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\npwd\nfor item in "$@"; do echo "$item"; done\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", str(path)], env={"PATH": f"{program.parent}:/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [str(tmp_path.resolve()), *given]
