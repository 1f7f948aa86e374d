"""Start-up stays short."""

import subprocess
import sys


def test_symbolic_arithmetic_is_loaded_on_first_use():
    program = (
        "import modelwright.hub, onnx_ir, sys; "
        "assert 'sympy.core' not in sys.modules; "
        "assert str(onnx_ir.Shape(['N'])[0] + 1) == 'N + 1'; "
        "assert 'sympy.core' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
