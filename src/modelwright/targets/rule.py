"""The registry of rules: a function and its settings, found by walking ``modelwright.targets.rules``.

A rule's keyword-only parameters are the settings that a profile gives; those without a default must be given.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelwright.errors import InternalError, near_matches
from modelwright.targets.causes import Cause

if TYPE_CHECKING:
    from modelwright.targets.facts import ModelFacts, NodeFacts

NodeRule = Callable[..., Iterator[Cause]]
ModelRule = Callable[..., Iterator[Cause]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule with what its signature says.

    Attributes:
        name: What profiles call it.
        function: Takes the model's facts, for rules of nodes also the node's, and its settings.
        of_nodes: Whether it looks at each node.
        settings: Names of its settings.
        required: Those that a profile must give.
    """

    name: str
    function: Callable[..., Iterator[Cause]]
    of_nodes: bool
    settings: frozenset[str]
    required: frozenset[str]


_RULES: dict[str, Rule] = {}


def node_rule(name: str) -> Callable[[NodeRule], NodeRule]:
    """Registers the decorated function as a rule about nodes: ``rule(facts, node, *, setting=...)``."""
    return _register(name, of_nodes=True)


def model_rule(name: str) -> Callable[[ModelRule], ModelRule]:
    """Registers the decorated function as a rule about the model: ``rule(facts, *, setting=...)``."""
    return _register(name, of_nodes=False)


def _register(
    name: str, *, of_nodes: bool
) -> Callable[[Callable[..., Iterator[Cause]]], Callable[..., Iterator[Cause]]]:
    def decorate(function: Callable[..., Iterator[Cause]]) -> Callable[..., Iterator[Cause]]:
        if name in _RULES:
            raise InternalError(f"rule {name} is registered twice")
        parameters = inspect.signature(function).parameters.values()
        settings = [item for item in parameters if item.kind is item.KEYWORD_ONLY]
        _RULES[name] = Rule(
            name=name,
            function=function,
            of_nodes=of_nodes,
            settings=frozenset(item.name for item in settings),
            required=frozenset(item.name for item in settings if item.default is item.empty),
        )
        return function

    return decorate


@functools.cache
def _load() -> None:
    package = importlib.import_module("modelwright.targets.rules")
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        importlib.import_module(f"{package.__name__}.{info.name}")


def rules() -> Mapping[str, Rule]:
    """All rules by name."""
    _load()
    return _RULES


def check_settings(name: str, settings: Mapping[str, Any]) -> None:
    """Holds a profile's settings of a rule against the rule's signature.

    Raises:
        ValueError: There is no such rule or setting, or a setting is missing.
    """
    rule = rules().get(name)
    if rule is None:
        close = near_matches(name, rules()) or tuple(sorted(rules()))
        raise ValueError(f"there is no rule {name!r}; near are {', '.join(close)}")
    unknown = sorted(set(settings) - rule.settings)
    missing = sorted(rule.required - set(settings))
    if unknown or missing:
        what = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise ValueError(f"rule {name!r}: settings {what}")


def apply_node_rules(facts: ModelFacts, node: NodeFacts, wanted: Mapping[str, Mapping[str, Any]]) -> list[Cause]:
    """What the rules about nodes among ``wanted`` have to say of one node."""
    found: list[Cause] = []
    for name, settings in wanted.items():
        rule = rules()[name]
        if rule.of_nodes:
            found.extend(rule.function(facts, node, **settings))
    return found


def apply_model_rules(facts: ModelFacts, wanted: Mapping[str, Mapping[str, Any]]) -> list[Cause]:
    """What the rules about the model among ``wanted`` have to say."""
    found: list[Cause] = []
    for name, settings in wanted.items():
        rule = rules()[name]
        if not rule.of_nodes:
            found.extend(rule.function(facts, **settings))
    return found
