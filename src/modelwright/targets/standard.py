"""Nodes that the ONNX standard itself does not allow: no target takes them, whatever its table says."""

from __future__ import annotations

import hashlib
from typing import Final

from modelwright.hub.opset import newest_opset, schema_for
from modelwright.hub.single_check import standard_fault
from modelwright.hub.single_node import UntypedInputError, isolate
from modelwright.targets.assumed import AssumedTypes
from modelwright.targets.causes import Cause, Code
from modelwright.targets.facts import ModelFacts, NodeFacts
from modelwright.targets.remedies import CORRECT_IT

_OUTSIDE: Final = 4096
"""Bytes from which a constant's numbers are left out: nothing here reads them."""


class Standard:
    """Judges the nodes of one model; equal nodes are judged once."""

    def __init__(self, facts: ModelFacts) -> None:
        """Judges nothing yet.

        Args:
            facts: The model.
        """
        self._facts = facts
        self._faults: dict[bytes, str] = {}

    def lacks(self, node: NodeFacts) -> bool:
        """Whether the standard has no operator of the node's name at its opset, as far as the installed onnx knows."""
        op_type, opset = node.node.op_type, self._facts.opset
        return not node.node.domain and opset <= newest_opset() and schema_for(op_type, opset) is None

    def cause(self, node: NodeFacts) -> Cause | None:
        """Why the node is not valid ONNX, or None."""
        if node.type == "Constant" or node.node.domain:
            return None
        types = AssumedTypes(self._facts)
        shape_of = self._facts.shapes.shape
        try:
            single = isolate(node.node, self._facts.model, dtype_of=types.dtype, shape_of=shape_of, limit=_OUTSIDE)
        except UntypedInputError:
            return None
        digest = hashlib.sha256(single.content).digest()
        if digest not in self._faults:
            self._faults[digest] = standard_fault(single.content)
        fault = self._faults[digest]
        if not fault or (types.assumed and "attribute" not in fault):
            return None
        return Cause(code=Code.PARAMETER_INVALID, message=f"not valid ONNX: {fault}", remedy=CORRECT_IT)
