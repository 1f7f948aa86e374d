"""How far a converted model may be from its source and still count as the same.

An element passes when ``|actual - expected| <= atol + rtol * scale``, where ``scale`` is the largest finite absolute
value of that output. Relating the error to the output's scale and not to each element is what float arithmetic allows:
the rounding errors of a sum follow its largest terms, so an element that cancels to nearly nothing keeps their error.

The defaults: float32 networks of a hundred layers differ between TensorFlow and ONNX Runtime by 1e-6 to 1e-5 of the
scale, from another order of summation alone; a wrong pad, a swapped axis or a lost epsilon shows from 1e-3 on. 1e-4
lies between. ``atol`` only matters for outputs that are nearly zero throughout.

Outputs of coarser dtypes cannot be told apart more finely than they are stored: float16 and bfloat16 are given four
units in the last place of their scale. Integers, booleans and strings must be equal.
"""

from __future__ import annotations

from typing import Final

DEFAULT_RTOL: Final = 1e-4
DEFAULT_ATOL: Final = 1e-6

FINEST_RTOL: Final = {"float16": 4 * 2.0**-10, "bfloat16": 4 * 2.0**-7}
"""Smallest relative tolerance that makes sense for a dtype."""
