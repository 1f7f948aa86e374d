"""The interpreters that a user may name: those that run sources and those that run artifacts."""

from __future__ import annotations

from collections.abc import Iterable

from modelwright.backends.manifests import backends
from modelwright.frontends.manifest import Frontend
from modelwright.frontends.manifest import interpreters as of_sources
from modelwright.workers.interpreters import Interpreter


def interpreters(found: Iterable[Frontend] | None = None) -> tuple[Interpreter, ...]:
    """Each once: first what sources of these frontends (None: all) need, then what artifacts need."""
    of_artifacts = (item.interpreter for item in backends() if item.interpreter is not None)
    return tuple(dict.fromkeys((*of_sources(found), *of_artifacts)))
