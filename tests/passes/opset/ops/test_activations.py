import numpy as np
import pytest


@pytest.mark.parametrize(
    ("node", "since", "target"),
    [
        ("y = Swish (x)", 24, 23),
        ("y = Swish <alpha = 1.7> (x)", 24, 9),
        ("y = Gelu (x)", 20, 9),
        ('y = Gelu <approximate = "tanh"> (x)', 20, 11),
        ("y = Mish (x)", 18, 9),
        ("y = HardSwish (x)", 14, 9),
        ("y = Celu (x)", 12, 11),
        ("y = Celu <alpha = 0.6> (x)", 12, 9),
        ("y = ThresholdedRelu <alpha = 0.3> (x)", 10, 9),
        ("y = Relu (x)", 14, 9),
    ],
)
def test_spelled_with_simpler_operators(step, node, since, target):
    step(node, "float[3,5] x", "float[3,5] y", since, target)


@pytest.mark.parametrize("dtype", ["float16", "double"])
def test_in_other_dtypes(step, dtype):
    node = 'y = Gelu <approximate = "tanh"> (x)'
    text = f"{dtype}[3,5]"
    changed = step(node, f"{text} x", f"{text} y", 20, 20)
    assert changed.change.phrases == ("opset 20 already",)
    x = np.linspace(-3, 3, 15).reshape(3, 5).astype(np.float16 if dtype == "float16" else np.float64)
    lowered = step(node, f"{text} x", f"{text} y", 20, 11, feeds={"x": x}) if dtype == "double" else None
    assert lowered is None or "Gelu" not in lowered.operators


@pytest.mark.parametrize("dtype", ["int32", "int64", "int8"])
def test_relu_of_integers(step, dtype):
    step("y = Relu (x)", f"{dtype}[3,5] x", f"{dtype}[3,5] y", 14, 13)
