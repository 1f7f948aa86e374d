"""TensorFlow 1 checkpoints with their graph: ``.meta``, ``.index`` and ``.data-*``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from modelwright.errors import ModelNotFoundError
from modelwright.frontends.tensorflow.bundle import Bundle
from modelwright.frontends.tensorflow.graphdef import read_message
from modelwright.frontends.tensorflow.meta_graph import open_meta_graph
from modelwright.frontends.tensorflow.source import Source
from modelwright.schemas.spans import SpanStore

_SUFFIX: Final = re.compile(r"\.(meta|index|data-\d{5}-of-\d{5})$")
_LATEST: Final = re.compile(rb'^model_checkpoint_path:\s*"([^"]+)"', re.MULTILINE)


def checkpoint_prefix(path: Path) -> Path:
    """The checkpoint's path without a suffix, from any of its files, the prefix itself or its directory.

    Raises:
        ModelNotFoundError: A directory holds no checkpoint with a graph.
    """
    if not path.is_dir():
        return path.with_name(_SUFFIX.sub("", path.name))
    state = path / "checkpoint"
    if state.is_file():
        latest = _LATEST.search(state.read_bytes())
        if latest is not None:
            prefix = path / Path(latest.group(1).decode()).name
            if prefix.with_name(prefix.name + ".meta").is_file():
                return prefix
    graphs = sorted(path.glob("*.meta"))
    if not graphs:
        hint = "a checkpoint without its .meta file has no graph: export a SavedModel"
        raise ModelNotFoundError(f"{path}: holds no checkpoint with a .meta file", hint=hint)
    return checkpoint_prefix(graphs[-1])


def open_checkpoint(path: Path) -> Source:
    """Opens a checkpoint whose graph is in a ``.meta`` file.

    Raises:
        ModelNotFoundError: The ``.meta`` or ``.index`` file is missing.
        ModelFormatError: One of them is damaged.
    """
    prefix = checkpoint_prefix(path)
    meta_path = prefix.with_name(prefix.name + ".meta")
    if not meta_path.is_file():
        hint = "without it there is no graph; TensorFlow 2 checkpoints have none: export a SavedModel"
        raise ModelNotFoundError(f"{meta_path}: the checkpoint's graph file is missing", hint=hint)
    spans = SpanStore()
    meta = read_message(meta_path, "MetaGraphDef", spans)
    return open_meta_graph(meta, Bundle(prefix, spans), spans, where=str(meta_path), kind="checkpoint")
