"""The version of its meaning that each operator of a file needs, so that older interpreters refuse what they lack."""

from __future__ import annotations

import onnx_ir as ir


def version_of(node: ir.Node) -> int:
    """The version of a TFLite operator as it stands."""
    return _LATER.get(node.op_type, 1)


_LATER = {"BROADCAST_TO": 2}
