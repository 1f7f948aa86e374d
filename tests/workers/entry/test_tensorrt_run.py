"""The worker that runs engines, with stand-ins for TensorRT and for the driver."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from worker_exchange import WorkFault, answer_with_arrays

from modelwright import workers
from modelwright.workers.protocol import read_reply, write_request

SCRIPT = Path(workers.__file__).with_name("entry") / "tensorrt_run.py"


def load_script():
    spec = importlib.util.spec_from_file_location("tensorrt_run", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Driver:
    """Keeps memory in a table."""

    stream = 7

    def __init__(self):
        self.memory = {}

    def allocate(self, size):
        self.memory[len(self.memory) + 1] = bytes(size)
        return len(self.memory)

    def write(self, pointer, array):
        self.memory[pointer] = array.tobytes()

    def read(self, array, pointer):
        array[...] = np.frombuffer(self.memory[pointer], array.dtype).reshape(array.shape)

    def wait(self):
        pass


class Context:
    def __init__(self, driver, limit):
        self.driver, self.limit, self.shapes, self.places = driver, limit, {}, {}

    def set_input_shape(self, name, shape):
        self.shapes[name] = shape
        return shape[0] <= self.limit

    def get_tensor_shape(self, name):
        return (-1,) if name == "open" else self.shapes["x"]

    def set_tensor_address(self, name, pointer):
        self.places[name] = pointer

    def execute_async_v3(self, stream):
        assert stream == 7
        x = np.frombuffer(self.driver.memory[self.places["x"]], np.float16)
        self.driver.memory[self.places["y"]] = (x.astype(np.float32) * 2).tobytes()
        return True


class Engine:
    names = ("x", "y")
    limit = 4

    def __init__(self, driver):
        self.driver = driver
        self.num_io_tensors = len(self.names)

    def get_tensor_name(self, index):
        return self.names[index]

    def get_tensor_mode(self, name):
        return "in" if name == "x" else "out"

    def get_tensor_dtype(self, name):
        return name

    def get_tensor_shape(self, name):
        return (-1, 3)

    def create_execution_context(self):
        return Context(self.driver, self.limit)


@pytest.fixture
def trt(monkeypatch):
    module = ModuleType("tensorrt_rtx")
    driver = Driver()

    class Logger:
        ERROR = 1

        def __init__(self, level):
            assert level == 1

    class Runtime:
        def __init__(self, logger):
            assert isinstance(logger, Logger)

        def deserialize_cuda_engine(self, content):
            return Engine(driver) if content == b"engine" else None

    class TensorIOMode:
        INPUT, OUTPUT = "in", "out"

    module.__version__ = "9.9"
    module.Logger, module.Runtime, module.TensorIOMode = Logger, Runtime, TensorIOMode
    module.nptype = lambda name: np.float16 if name == "x" else np.float32
    monkeypatch.setitem(sys.modules, "tensorrt_rtx", module)
    return driver


def ask(tmp_path, driver, arrays, content=b"engine"):
    (tmp_path / "m.engine").write_bytes(content)
    write_request(tmp_path, {"modules": ["none_such", "tensorrt_rtx"], "engine": str(tmp_path / "m.engine")}, arrays)
    script = load_script()
    script.open_driver = lambda: driver
    answer_with_arrays(script.run, str(tmp_path))
    return read_reply(tmp_path, log="")


def test_what_an_engine_takes_and_gives(trt, tmp_path):
    found = ask(tmp_path, trt, {}).data
    assert found["framework"] == "TensorRT-RTX 9.9"
    assert (found["inputs"], found["outputs"]) == ([["x", "float16", [-1, 3]]], [["y", "float32", [-1, 3]]])


def test_a_run(trt, tmp_path):
    x = np.arange(6, dtype=np.float16).reshape(2, 3)
    reply = ask(tmp_path, trt, {"x": x})
    np.testing.assert_array_equal(reply.arrays["y"], x.astype(np.float32) * 2)
    assert reply.data["milliseconds"] >= 0


def test_faults(trt, tmp_path, monkeypatch):
    assert ask(tmp_path, trt, {}, content=b"other").fault.kind == "model"
    assert "profiles" in ask(tmp_path, trt, {"x": np.zeros((5, 3), np.float16)}).fault.message
    monkeypatch.setattr(Engine, "names", ("x", "open"))
    assert "depends on the data" in ask(tmp_path, trt, {"x": np.zeros((2, 3), np.float16)}).fault.message
    (tmp_path / "request.json").write_text(json.dumps({"version": 9}))
    answer_with_arrays(load_script().run, str(tmp_path))
    assert read_reply(tmp_path, log="").fault.kind == "model"


class Library:
    """A driver that answers as NVIDIA's does."""

    def __init__(self, failing=""):
        self.failing, self.calls = failing, []

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append(name)
            return 100 if name == self.failing else 0

        return call


def test_the_driver_is_opened_in_order_and_its_errors_are_told():
    script = load_script()
    library = Library()
    driver = script.Driver(library)
    driver.write(driver.allocate(8), np.zeros(2, np.float32))
    driver.read(np.zeros(2, np.float32), 5)
    driver.read(np.zeros(0, np.float32), 5)
    driver.wait()
    assert library.calls == [
        "cuInit",
        "cuDeviceGet",
        "cuDevicePrimaryCtxRetain",
        "cuCtxSetCurrent",
        "cuStreamCreate",
        "cuMemAlloc_v2",
        "cuMemcpyHtoD_v2",
        "cuMemcpyDtoH_v2",
        "cuStreamSynchronize",
    ]
    with pytest.raises(WorkFault, match="cuInit gives error 100") as caught:
        script.Driver(Library("cuInit"))
    assert caught.value.kind == "device"
