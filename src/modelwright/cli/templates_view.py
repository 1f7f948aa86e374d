"""Templates as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelwright.templates.template import FileRule, Setting, SettingType, Template, Text

if TYPE_CHECKING:
    from rich.console import Console


def show_templates(found: Sequence[Template], console: Console) -> None:
    """Prints a table of templates."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("template", "chip", "framework", "format", "result"):
        table.add_column(name, no_wrap=name == "template")
    for item in found:
        table.add_row(item.name, item.chip, item.framework, item.format, item.result)
    console.print(table)
    count = f"{len(found)} template{'' if len(found) == 1 else 's'}"
    console.print(f"\n{count}; `modelwright templates show NAME` says what one takes", markup=False)


def show_template(template: Template, language: str, console: Console) -> None:
    """Prints what a template takes and gives."""
    from rich.table import Table

    console.print(template.name, style="bold", markup=False)
    console.print(_in(template.description, language), markup=False)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold", max_width=30)
    table.add_column(overflow="fold")
    table.add_row("from", template.format, template.framework)
    table.add_row("to", template.result, f"{template.chip} (target {template.target})")
    for index, rule in enumerate(rule for rule in template.input.files if not rule.refused):
        table.add_row("" if index else "input", " or ".join(rule.patterns), _count(rule, language))
    for index, (path, text) in enumerate(template.outputs.items()):
        table.add_row("" if index else "output", path, _in(text, language))
    for index, setting in enumerate(template.settings):
        table.add_row("" if index else "settings", setting.id, _setting(setting, language))
    console.print(table)


def _in(text: Text, language: str) -> str:
    return text.zh if language == "zh" else text.en


def _count(rule: FileRule, language: str) -> str:
    words = ("required", "optional") if language == "en" else ("必选", "可选")
    why = "".join(f" ({name}={value})" for name, value in rule.when.items())
    return f"{words[0] if rule.least else words[1]}{why}: {_in(rule.help, language)}"


def _setting(setting: Setting, language: str) -> str:
    parts = [_in(setting.help, language)]
    if setting.choices:
        parts.append(" | ".join(setting.choices))
    elif setting.type in (SettingType.INTEGER, SettingType.NUMBER):
        bounds = [f"{setting.minimum:g}" if setting.minimum is not None else "", "..."]
        bounds.append(f"{setting.maximum:g}" if setting.maximum is not None else "")
        parts.append("".join(bounds))
    elif setting.type is SettingType.SWITCH:
        parts.append("true | false")
    elif setting.example:
        parts.append(f"such as {setting.example}" if language == "en" else f"例如 {setting.example}")
    if setting.default:
        parts.append(f"default {setting.default}" if language == "en" else f"默认 {setting.default}")
    return "; ".join(parts)
