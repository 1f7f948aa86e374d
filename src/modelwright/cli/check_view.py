"""The report of a check as a person reads it: what the verdicts rest on, what fails, why, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from modelwright.backends.manifests import backends
from modelwright.cli.output import print_text
from modelwright.cli.quantities import plural
from modelwright.targets.causes import Cause, Code
from modelwright.targets.profile import profile_named, profile_names
from modelwright.targets.report import CheckReport, NodeVerdict, TargetReport

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_MANY = 20
_NAMES = 2
_REMEDIES = 3


def show_targets() -> None:
    """Prints the targets: name, label, how nodes are judged."""
    width = max(len(name) for name in profile_names())
    writers = {item.name for item in backends() if item.refusals is not None}
    for name in profile_names():
        profile = profile_named(name)
        how = f"trial in {profile.package}" if profile.engine is not None else "table and rules"
        how = "conversion, up to writing" if name in writers else how
        listed = f", {plural(len(profile.operators), 'operator')} listed" if profile.operators else ""
        print_text(f"{name:<{width}}  {profile.label}; by {how}{listed}")


def show_check(report: CheckReport, console: Console, *, verbose: int = 0) -> None:
    """Prints a report.

    Args:
        report: What to show.
        console: Where to print.
        verbose: From 1 on all nodes are shown, each by itself, not only those with something to say.
    """
    for index, target in enumerate(report.targets):
        if index:
            console.print()
        _show_target(report, target, console, verbose=verbose)


def _show_target(report: CheckReport, target: TargetReport, console: Console, *, verbose: int) -> None:
    head = f"{report.model}  {report.format}, {plural(len(target.nodes), 'node')}, for {target.label}"
    _print(console, head, "bold")
    for phrase in target.evidence:
        _print(console, phrase, "dim")
    console.print()
    for cause in target.causes:
        _show_item(console, "the model as a whole", [cause], verbose=verbose)
    groups = _groups(target, verbose=verbose)
    shown = groups if verbose else groups[:_MANY]
    for group in shown:
        _show_item(console, _heading(group), group[0][1].causes, verbose=verbose)
    hidden = sum(len(group) for group in groups[len(shown) :])
    if hidden:
        _print(console, f"and {plural(hidden, 'node')} more, shown by -v", "dim")
    if target.causes or groups:
        console.print()
    _show_verdict(console, target)


_Group = list[tuple[int, NodeVerdict]]


def _groups(target: TargetReport, *, verbose: int) -> list[_Group]:
    """Nodes to show, in network order; those of one type with the same causes together, unless all are asked for.

    Failing nodes come alone when there are many: warnings can wait.
    """
    numbered = list(enumerate(target.nodes, 1))
    if verbose:
        return [[item] for item in numbered]
    said = [item for item in numbered if any(cause.code for cause in item[1].causes)]
    grouped: dict[tuple[str, tuple[Cause, ...]], _Group] = {}
    for item in said:
        grouped.setdefault((item[1].type, item[1].causes), []).append(item)
    groups = list(grouped.values())
    failing = [group for group in groups if not group[0][1].passed]
    return failing if failing and len(groups) > _MANY else groups


def _heading(group: _Group) -> str:
    number, first = group[0]
    if len(group) == 1:
        return f"{number}. {first.name}  {first.type}" if first.name else f"{number}. {first.type}"
    names = [f"{number}. {node.name}" for number, node in group[:_NAMES]]
    more = f" and {len(group) - _NAMES} more" if len(group) > _NAMES else ""
    return f"{', '.join(names)}{more}  {first.type}"


def _show_item(console: Console, heading: str, causes: Sequence[Cause], *, verbose: int) -> None:
    """One node, or nodes with the same causes; beside errors, warnings are shown only when all is asked for."""
    from rich.text import Text

    fails = any(cause.code.fails for cause in causes)
    warns = any(cause.code for cause in causes)
    word = ("fails ", "bold red") if fails else ("warns ", "yellow") if warns else ("passes", "green")
    _print(console, Text.assemble(word, f"  {heading}"))
    for cause in causes:
        if fails and not verbose and not cause.code.fails:
            continue
        code = f" ({cause.evidence}, code {int(cause.code)})" if cause.code is not Code.OK else f" ({cause.evidence})"
        _print(console, Text.assemble(f"        {cause.message}", (code, "dim")))
        if cause.remedy:
            _print(console, f"        -> {cause.remedy}", "cyan")


def _show_verdict(console: Console, target: TargetReport) -> None:
    from rich.text import Text

    failed, warned = target.failed_nodes, target.warned_nodes
    counts = f"{len(target.nodes) - len(failed):,} of {plural(len(target.nodes), 'node')} pass"
    warnings = f", {len(warned):,} of them with a warning" if warned else ""
    general = sum(cause.code.fails for cause in target.causes)
    whole = f"; {plural(general, 'fault')} of the model as a whole" if general else ""
    word = ("success", "bold green") if target.passed else ("failed", "bold red")
    _print(console, Text.assemble(word, f"  {target.target}: {counts}{warnings}{whole}"))
    if failed:
        first = failed[0]
        _print(console, f"first failing node: {first.name} ({first.type}): {first.causes[0].message}")
    for remedy, count in _frequent(target.remedies()):
        _print(console, f"helps {count} times: {remedy}", "cyan")


def _frequent(remedies: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(remedy, count) for remedy, count in remedies if count > 1][:_REMEDIES]


def _print(console: Console, text: str | Text, style: str = "") -> None:
    """A line that is not broken, so that commands in it can be copied."""
    from rich.text import Text

    console.print(Text(text) if isinstance(text, str) else text, style=style or None, soft_wrap=True)
