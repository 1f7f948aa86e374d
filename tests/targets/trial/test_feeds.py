import onnx_ir as ir

from modelwright.hub.single_node import Port
from modelwright.targets.trial.feeds import OPEN_SIZE, feeds_for, is_certain


def port(name="x", dtype=ir.DataType.FLOAT, shape=(2, 3)):
    return Port(name=name, dtype=dtype, shape=shape)


def test_open_sizes_get_one_size():
    (feed,) = feeds_for("Relu", (port(shape=("N", 3, None)),))
    assert feed == {"name": "x", "dtype": "float32", "shape": [OPEN_SIZE, 3, OPEN_SIZE], "integers": 1}


def test_indices_are_0_and_sizes_are_1():
    assert feeds_for("Gather", (port(dtype=ir.DataType.INT64),))[0]["integers"] == 0
    assert feeds_for("Div", (port(dtype=ir.DataType.INT64),))[0]["integers"] == 1


def test_what_cannot_be_fed():
    assert feeds_for("Relu", (port(dtype=None),)) is None
    assert feeds_for("Relu", (port(shape=None),)) is None
    assert feeds_for("Relu", (port(shape=(1 << 20, 1 << 20)),)) is None
    assert feeds_for("Constant", ()) == ()


def test_when_a_failed_run_is_the_nodes_fault():
    assert is_certain("Conv", (port(), port("w")))
    assert not is_certain("Conv", (port(shape=("N", 3)),))
    assert not is_certain("Reshape", (port(), port("s", ir.DataType.INT64, (2,))))
    assert not is_certain("Relu", (port(shape=None),))
    assert is_certain("Resize", (port(),))
    assert not is_certain("Resize", (port(), port("scales", shape=(4,))))


def test_an_engine_that_only_builds_looks_at_no_values():
    assert is_certain("CastLike", (port(dtype=ir.DataType.FLOAT16), port("l", ir.DataType.INT4)), runs=False)
    assert not is_certain("Reshape", (port(), port("s", ir.DataType.INT64, (2,))), runs=False)
    assert not is_certain("Relu", (port(shape=("N", 3)),), runs=False)
