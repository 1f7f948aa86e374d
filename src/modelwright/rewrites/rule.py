"""What a rule is: the operators it looks at, and a function that replaces a node's outputs or says why it does not."""

from __future__ import annotations

import enum
import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import onnx_ir as ir

from modelwright.errors import InternalError
from modelwright.rewrites.context import RewriteContext


class Group(enum.StrEnum):
    """When a rule is wanted.

    ``SIMPLIFY``: removes work and never hides a pattern; safe at any time. ``RECOGNIZE``: turns primitive operators
    into the one they spell. ``FUSE``: folds neighbours into convolutions and matrix products; wants the layout settled.
    ``NORMALIZE``: makes one normalization of what could not be folded into a neighbour.
    ``GEMM``: writes matrix products as Gemm, which some compilers like and others do not; ``MATMUL`` does the reverse.
    """

    SIMPLIFY = "simplify"
    RECOGNIZE = "recognize"
    FUSE = "fuse"
    NORMALIZE = "normalize"
    GEMM = "gemm"
    MATMUL = "matmul"


@dataclass(frozen=True, slots=True)
class Applied:
    """The rule applied; ``values`` take the place of the node's outputs, one each."""

    values: tuple[ir.Value, ...]


@dataclass(frozen=True, slots=True)
class NotApplied:
    """The rule did not apply, and nothing was changed; ``reason`` is a phrase for near-misses."""

    reason: str


Outcome = Applied | NotApplied
Apply = Callable[[RewriteContext, ir.Node], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rewrite.

    Attributes:
        name: What the report calls it.
        roots: Operators (default domain) of the nodes it is tried on; the node whose outputs are replaced.
        group: When it is wanted.
        since: Oldest opset it can write.
        apply: Checks first, emits after; a NotApplied leaves the graph as it was.
    """

    name: str
    roots: tuple[str, ...]
    group: Group
    since: int
    apply: Apply


def rewrite(name: str, *roots: str, group: Group = Group.SIMPLIFY, since: int = 1) -> Callable[[Apply], Rule]:
    """Makes the decorated function a rule called ``name`` that is tried on nodes of the types ``roots``."""

    def decorate(apply: Apply) -> Rule:
        return Rule(name=name, roots=roots, group=group, since=since, apply=apply)

    return decorate


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of the ``rules`` package, by name.

    Raises:
        InternalError: A name is used twice.
    """
    package = importlib.import_module("modelwright.rewrites.rules")
    found: dict[str, Rule] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for item in vars(module).values():
            if isinstance(item, Rule) and found.setdefault(item.name, item) is not item:
                raise InternalError(f"two rewrites are called {item.name!r}")
    return tuple(found[name] for name in sorted(found))


def rules_of(*groups: Group, opset: int) -> tuple[Rule, ...]:
    """The rules of the groups that can be written at ``opset``."""
    return tuple(rule for rule in all_rules() if rule.group in groups and rule.since <= opset)
