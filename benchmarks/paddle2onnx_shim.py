"""A pytest plugin that runs Paddle2ONNX's own tests with another converter behind their export call.

It is loaded by ``paddle2onnx_tests.py`` under an interpreter with Paddle, in a copy of that project's ``tests`` folder.
What it replaces is the method that saves, converts, runs and compares; cases, inputs and the comparison stay theirs.

Environment: ``SUITE_CONVERTER`` is ``modelwright`` or ``paddle2onnx``, ``SUITE_EXAMPLES`` the number of generated
examples a case. modelwright writes opset 13 and newer and raises it where an operator needs that; paddle2onnx is asked
for the opset the test names, with its own raising on.
"""

import os
import shutil
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

CONVERTER = os.environ["SUITE_CONVERTER"]
EXAMPLES = int(os.environ.get("SUITE_EXAMPLES", "5"))
OLDEST = 13


def stand_in(name: str, **members: object) -> types.ModuleType:
    """A module of that name, where paddle2onnx itself is not installed."""
    module = types.ModuleType(name)
    module.__path__ = []
    for key, value in members.items():
        setattr(module, key, value)
    sys.modules[name] = module
    return module


def refused(*_given: object, **_named: object) -> None:
    """What cannot be replaced."""
    raise NotImplementedError("only the export of saved models is replaced")


def program_files(stem: Path) -> tuple[Path, Path | None]:
    """The program and the parameters that Paddle saved."""
    program = next(path for suffix in (".json", ".pdmodel") if (path := Path(f"{stem}{suffix}")).exists())
    parameters = Path(f"{stem}.pdiparams")
    return program, parameters if parameters.exists() else None


def convert_by_modelwright(stem: Path, target: Path, opset: int) -> None:
    """The converter under test."""
    import modelwright

    program, _ = program_files(stem)
    modelwright.convert(program, target, opset=max(opset, OLDEST), no_verify=True)


def convert_by_paddle2onnx(stem: Path, target: Path, opset: int) -> None:
    """The converter whose tests these are."""
    import paddle2onnx

    program, parameters = program_files(stem)
    paddle2onnx.export(
        str(program),
        "" if parameters is None else str(parameters),
        str(target),
        opset_version=opset,
        auto_upgrade_opset=True,
        verbose=False,
        enable_onnx_checker=True,
        deploy_backend="onnxruntime",
    )


def dygraph2onnx(
    layer: Any, save_file: str, input_spec: Any = None, opset_version: int = 9, **_settings: object
) -> None:
    """Saves a layer and converts it, as paddle2onnx's function of that name does."""
    import paddle

    with tempfile.TemporaryDirectory() as folder:
        stem = Path(folder) / "model"
        paddle.jit.save(layer, str(stem), input_spec)
        convert_by_modelwright(stem, Path(save_file), opset_version)


CONVERT = {"modelwright": convert_by_modelwright, "paddle2onnx": convert_by_paddle2onnx}[CONVERTER]


def run_case(case: Any) -> None:
    """Saves the network, converts it for each opset named, runs and compares."""
    import onnxbase
    import paddle
    from onnxruntime import InferenceSession

    case.set_input_spec()
    paddle.set_device("cpu")
    network, opsets = case._func, case._version  # noqa: SLF001  it takes the place of a method
    expected = network(*case.kwargs_dict["input_data"])
    folder = Path(case.name)
    shutil.rmtree(folder, ignore_errors=True)
    paddle.jit.save(network, str(folder / "model"), case.input_spec)
    least = 0 if CONVERTER == "paddle2onnx" else OLDEST
    for version in sorted({max(version, least) for version in opsets}):
        target = folder / f"{case.name}_{version}.onnx"
        CONVERT(folder / "model", target, version)
        session = InferenceSession(str(target), providers=["CPUExecutionProvider"])
        names = {item.name for item in session.get_inputs()}
        feed = {name: array for name, array in case.input_feed.items() if name in names}
        onnxbase.compare(session.run(None, feed), expected, delta=case.delta, rtol=case.rtol)


def quick_scan(self: Any, max_examples: int = 100, **_settings: object) -> None:
    """As theirs, with fewer examples and no least number of them."""
    import hypothesis
    import hypothesis.strategies as st
    import paddle

    settings = hypothesis.settings(
        max_examples=min(max_examples, EXAMPLES),
        suppress_health_check=list(hypothesis.HealthCheck),
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        database=None,
        phases=(hypothesis.Phase.generate,),
    )

    @st.composite
    def configs(draw: Any) -> Any:
        return self.sample_convert_config(draw)

    paddle.disable_static()
    settings(hypothesis.given(configs())(self.run_test))()


def pytest_runtest_setup() -> None:
    """Classes of generated tests turn Paddle's dynamic mode off when they are made."""
    import paddle

    paddle.disable_static()


def pytest_configure() -> None:
    """Makes the modules that the tests import, and puts the replacements in."""
    import hypothesis

    sys.path.insert(0, str(Path.cwd()))
    if not isinstance(hypothesis.HealthCheck.__dict__.get("all"), (classmethod, staticmethod)):
        hypothesis.HealthCheck.all = classmethod(list)
    if CONVERTER == "modelwright":
        stand_in("paddle2onnx", export=refused, dygraph2onnx=dygraph2onnx)
        stand_in("paddle2onnx.paddle2onnx_cpp2py_export", export=refused)
        stand_in("paddle2onnx.convert", dygraph2onnx=dygraph2onnx, export=refused)
        stand_in("paddle2onnx.command", program2onnx=refused, c_paddle_to_onnx=refused)
    else:
        import paddle2onnx.command

        paddle2onnx.command.program2onnx = getattr(paddle2onnx.command, "program2onnx", refused)
    import onnxbase

    onnxbase.APIOnnx.run = run_case
    import auto_scan_test

    auto_scan_test.OPConvertAutoScanTest.run_and_statis = quick_scan
