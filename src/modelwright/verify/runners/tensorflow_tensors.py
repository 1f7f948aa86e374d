"""Tensors inside a TensorFlow graph, fetched by a worker that runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from modelwright import workers
from modelwright.errors import ToolMissingError
from modelwright.formats import Format
from modelwright.verify.source import SourceRunFailed
from modelwright.workers.runner import run_worker

_ENTRY: Final = Path(workers.__path__[0]) / "entry" / "tensorflow_run.py"


class TensorFlowTensors:
    """A frozen graph, run in TensorFlow.

    Attributes:
        label: TensorFlow with its version.
        runs: How often the graph has run.
        known: Which of the names asked about the graph has.
    """

    def __init__(
        self, graph: Path, python: Path, inputs: Mapping[str, np.ndarray], op_libraries: Sequence[str] = ()
    ) -> None:
        """Prepares to run.

        Args:
            graph: A GraphDef.
            python: An interpreter with TensorFlow.
            inputs: Arrays by the names of the graph's tensors.
            op_libraries: Shared libraries with operators to load first.
        """
        self.label = "TensorFlow"
        self.runs = 0
        self.known: frozenset[str] = frozenset()
        self._graph = graph
        self._python = python
        self._inputs = dict(inputs)
        self._op_libraries = [str(Path(item).absolute()) for item in op_libraries]

    def fetch(self, names: Sequence[str], ask: Sequence[str] = ()) -> dict[str, np.ndarray]:
        """The tensors of those names, from one run.

        Args:
            names: Tensors to fetch.
            ask: Further names; ``known`` says which of them there are.

        Raises:
            ToolMissingError: TensorFlow is not in the interpreter.
            SourceRunFailed: TensorFlow does not load or run the graph, or has no such tensor.
        """
        request = {
            "format": str(Format.TF_GRAPHDEF),
            "path": str(self._graph.absolute()),
            "outputs": list(names),
            "signature": None,
            "tags": None,
            "concrete_function": None,
            "op_libraries": self._op_libraries,
            "known": list(ask),
        }
        reply = run_worker(_ENTRY, request, arrays=self._inputs, python=self._python)
        if reply.fault is not None and reply.fault.kind == "module":
            raise ToolMissingError(
                f"{self._python}: TensorFlow cannot be imported there ({reply.fault.message})",
                hint="name the python of an environment with TensorFlow",
            )
        if reply.fault is not None:
            raise SourceRunFailed(f"TensorFlow cannot run the frozen graph: {reply.fault.message}")
        self.runs += 1
        self.label = str(reply.data["framework"])
        if ask:
            self.known = frozenset(reply.data["known"])
        return reply.arrays
