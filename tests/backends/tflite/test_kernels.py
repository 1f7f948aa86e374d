import onnx_ir as ir
import pytest

from modelwright.backends.tflite.kernels import KERNELS, carrier

FLOAT, INT32, INT64 = ir.DataType.FLOAT, ir.DataType.INT32, ir.DataType.INT64


@pytest.mark.parametrize(
    ("name", "dtype", "expected"),
    [
        ("ADD", FLOAT, (FLOAT, False)),
        ("ADD", ir.DataType.INT8, (INT32, False)),
        ("ADD", ir.DataType.UINT32, (INT64, False)),
        ("ADD", ir.DataType.FLOAT16, (FLOAT, False)),
        ("EXP", INT64, None),
        ("ADD", ir.DataType.UINT64, None),
        ("GATHER", ir.DataType.DOUBLE, (INT64, True)),
        ("GATHER", ir.DataType.UINT32, (INT32, True)),
        ("RESHAPE", ir.DataType.BFLOAT16, (ir.DataType.BFLOAT16, False)),
    ],
)
def test_carriers(name, dtype, expected):
    assert carrier(KERNELS[name], dtype) == expected


def test_results_of_another_type():
    assert KERNELS["LESS"].result is ir.DataType.BOOL
    assert not KERNELS["LESS"].same
