"""Runs a TensorRT engine on a GPU. Stand-alone: takes the folder of ``modelwright.workers.protocol``.

It is run by path under an interpreter that has numpy and ``tensorrt_rtx`` or ``tensorrt``, on a machine with NVIDIA's
driver, and imports nothing of modelwright. The request:

    modules  names of modules to try, best first
    engine   the engine's file

Without arrays it says what the engine's ``inputs`` and ``outputs`` are: rows of name, dtype and sizes. With arrays it
also runs the engine on them, and says how many ``milliseconds`` a run takes.
"""

from __future__ import annotations

import ctypes
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from worker_exchange import WorkFault, answer_with_arrays, arrays_in, import_first, leave_arrays, request_in

REPEATS = 5


class Driver:
    """The few calls of NVIDIA's driver that are needed, on the first GPU."""

    def __init__(self, library: Any) -> None:
        self._cuda = library
        self._call("cuInit", 0)
        device, context, stream = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
        self._call("cuDeviceGet", ctypes.byref(device), 0)
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._call("cuCtxSetCurrent", context)
        self._call("cuStreamCreate", ctypes.byref(stream), 0)
        self.stream = stream.value or 0

    def _call(self, name: str, *arguments: Any) -> None:
        code = getattr(self._cuda, name)(*arguments)
        if code != 0:
            raise WorkFault("device", f"{name} gives error {code}")

    def allocate(self, size: int) -> int:
        """Memory of the device, for as long as this process lives."""
        pointer = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(max(size, 1)))
        return pointer.value

    def write(self, pointer: int, array: Any) -> None:
        """Copies an array to the device."""
        if array.nbytes:
            source = ctypes.c_void_p(array.ctypes.data)
            self._call("cuMemcpyHtoD_v2", ctypes.c_uint64(pointer), source, ctypes.c_size_t(array.nbytes))

    def read(self, array: Any, pointer: int) -> None:
        """Copies from the device into an array."""
        if array.nbytes:
            target = ctypes.c_void_p(array.ctypes.data)
            self._call("cuMemcpyDtoH_v2", target, ctypes.c_uint64(pointer), ctypes.c_size_t(array.nbytes))

    def wait(self) -> None:
        """Waits until all is done."""
        self._call("cuStreamSynchronize", ctypes.c_void_p(self.stream))


def open_driver() -> Driver:
    """The driver of this machine."""
    names = ("nvcuda.dll",) if sys.platform == "win32" else ("libcuda.so.1", "libcuda.so")
    for name in names:
        try:
            return Driver(ctypes.CDLL(name))
        except OSError:
            continue
    raise WorkFault("device", "NVIDIA's driver is not installed")


def open_engine(trt: Any, path: str) -> Any:
    """The engine, ready for this GPU."""
    engine = trt.Runtime(trt.Logger(trt.Logger.ERROR)).deserialize_cuda_engine(Path(path).read_bytes())
    if engine is None:
        raise WorkFault("model", "TensorRT does not load it on this GPU")
    return engine


def tensors(engine: Any, mode: Any) -> list[str]:
    """Names of the inputs or outputs."""
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    return [name for name in names if engine.get_tensor_mode(name) == mode]


def described(np: Any, trt: Any, engine: Any, mode: Any) -> list[list[Any]]:
    """Rows of name, dtype and sizes."""
    return [
        [name, np.dtype(trt.nptype(engine.get_tensor_dtype(name))).name, list(engine.get_tensor_shape(name))]
        for name in tensors(engine, mode)
    ]


def execute(np: Any, trt: Any, engine: Any, driver: Any, feeds: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Outputs by name, and the median time of a run in milliseconds."""
    context = engine.create_execution_context()
    for name, array in feeds.items():
        if not context.set_input_shape(name, tuple(array.shape)):
            raise WorkFault("run", f"the engine's profiles do not hold {name} {list(array.shape)}")
        pointer = driver.allocate(array.nbytes)
        driver.write(pointer, np.ascontiguousarray(array))
        context.set_tensor_address(name, pointer)
    results: dict[str, tuple[Any, int]] = {}
    for name in tensors(engine, trt.TensorIOMode.OUTPUT):
        shape = tuple(context.get_tensor_shape(name))
        if any(size < 0 for size in shape):
            raise WorkFault("run", f"the size of {name} depends on the data")
        array = np.empty(shape, trt.nptype(engine.get_tensor_dtype(name)))
        results[name] = array, driver.allocate(array.nbytes)
        context.set_tensor_address(name, results[name][1])
    times: list[float] = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        if not context.execute_async_v3(driver.stream):
            raise WorkFault("run", "TensorRT does not run it")
        driver.wait()
        times.append((time.perf_counter() - start) * 1000)
    for array, pointer in results.values():
        driver.read(array, pointer)
    return {name: array for name, (array, _) in results.items()}, statistics.median(times)


def run(folder: str, driver: Any = None) -> tuple[dict[str, Any], list[str]]:
    """Does what the request asks and returns the reply's data and arrays."""
    request, names = request_in(folder)
    try:
        import numpy as np
    except ImportError as error:
        raise WorkFault("module", str(error)) from error
    trt = import_first(request["modules"])
    device = driver or open_driver()
    engine = open_engine(trt, request["engine"])
    product = "TensorRT-RTX" if trt.__name__.endswith("rtx") else "TensorRT"
    modes = {"inputs": trt.TensorIOMode.INPUT, "outputs": trt.TensorIOMode.OUTPUT}
    data: dict[str, Any] = {"framework": f"{product} {trt.__version__}"}
    data |= {key: described(np, trt, engine, mode) for key, mode in modes.items()}
    if not names:
        return data, []
    feeds = arrays_in(folder, names)
    results, milliseconds = execute(np, trt, engine, device, feeds)
    leave_arrays(folder, results.values())
    return {**data, "milliseconds": milliseconds}, list(results)


if __name__ == "__main__":
    answer_with_arrays(run, sys.argv[1])
