import subprocess

from modelwright.backends.tensorrt.profile import Profile
from modelwright.backends.tensorrt.settings import make_settings
from modelwright.backends.tensorrt.trtexec import command, script, without_a_flag

PROFILE = Profile(smallest={"x": (1, 3)}, usual={"x": (2, 3)}, largest={"x": (8, 3)})
NOTHING = Profile(smallest={}, usual={}, largest={})


def test_the_command_line():
    settings = make_settings(
        {"optimization_level": 4, "timing_cache": "deep/t.cache", "sparse_weights": True, "strict_nans": True}
    )
    assert command("m.onnx", "m.engine", settings, (PROFILE,)) == (
        "trtexec",
        "--onnx=m.onnx",
        "--saveEngine=m.engine",
        "--stronglyTyped",
        "--skipInference",
        "--minShapes=x:1x3",
        "--optShapes=x:2x3",
        "--maxShapes=x:8x3",
        "--builderOptimizationLevel=4",
        "--timingCacheFile=t.cache",
        "--sparsity=enable",
    )
    assert without_a_flag(settings) == ("STRICT_NANS",)
    assert "Shapes" not in " ".join(command("m", "e", make_settings({}), (NOTHING,)))


def test_the_script_runs_in_its_folder_with_names_quoted(tmp_path):
    (tmp_path / "trtexec").write_text('#!/bin/sh\npwd > said\nprintf "%s\\n" "$@" >> said\n')
    (tmp_path / "trtexec").chmod(0o755)
    (tmp_path / "build.sh").write_text(script(command("m.onnx", "a b.engine", make_settings({}), (NOTHING,))))
    subprocess.run(
        ["/bin/sh", str(tmp_path / "build.sh")], check=True, cwd="/", env={"PATH": f"{tmp_path}:/usr/bin:/bin"}
    )
    said = (tmp_path / "said").read_text().splitlines()
    assert said[0] == str(tmp_path)
    assert "--saveEngine=a b.engine" in said
