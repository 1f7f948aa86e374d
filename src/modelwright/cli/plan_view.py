"""The plan as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelwright.pipeline.plan import Plan
from modelwright.pipeline.recipe import Recipe

if TYPE_CHECKING:
    from rich.console import Console


def show_plan(plan: Plan, recipe: Recipe, console: Console) -> None:
    """Prints source, steps with options and reasons, output and key."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text.assemble(("plan  ", "bold"), f"{recipe.source.path} -> {recipe.output.path}"))
    table = Table.grid(padding=(0, 2))
    for number, step in enumerate(plan.steps, 1):
        options = ", ".join(f"{name}={value}" for name, value in step.options)
        what = Text.assemble(step.reason, (f"\n{options}" if options else "", "dim"))
        table.add_row(f"{number}.", Text(step.name, "bold"), step.tool, what)
    console.print(table)
    console.print(Text(f"key {plan.key}", "dim"))
