"""What a builder hands over to be exported: a Keras model, a tf.function or a TF1 graph, and inputs for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Feeds = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True)
class KerasCase:
    """A Keras model, saved by `model.export`; `feeds(n)` gives n samples for every input, in the model's order."""

    model: Any
    feeds: Callable[[int], list[np.ndarray]]
    frozen: bool = True
    batches: tuple[int, ...] = (1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCase:
    """A `tf.Module` with one tf.function that has an input signature; saved by `tf.saved_model.save`.

    `feeds(n)` is keyed by the argument names of the function. `lower_control_flow` writes the If and While of the
    frozen graph as TF1's Switch, Merge, Enter and Exit.
    """

    module: Any
    function: Any
    feeds: Callable[[int], Feeds]
    frozen: bool = True
    lower_control_flow: bool = False
    batches: tuple[int, ...] = (1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCase:
    """A TF1 graph without variables. Names are tensor names (`x:0`).

    `reference` runs the feeds and returns the outputs by tensor name; without it the graph runs itself. It stands in
    where the CPU cannot run the graph (NCHW convolutions).
    """

    graph_def: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    feeds: Callable[[int], Feeds]
    reference: Callable[[Feeds], Feeds] | None = None
    batches: tuple[int, ...] = (1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCase:
    """A TF1 session with variables on two devices, saved by the SavedModel builder in two shards.

    `build` fills the default graph and returns, by signature name, its inputs and outputs by name.
    """

    build: Callable[[], dict[str, tuple[dict[str, Any], dict[str, Any]]]]
    feeds: Callable[[int], Feeds]
    batches: tuple[int, ...] = (1, 3)


Case = KerasCase | FunctionCase | GraphCase | SessionCase
Builder = Callable[[np.random.Generator], Case]
