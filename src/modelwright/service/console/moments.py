"""Times, durations and sizes as people read them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from modelwright.service.console.strings import Texts

_STEPS: Final = ((86400, "base.days"), (3600, "base.hours"), (60, "base.minutes"))


def age(moment: str, t: Texts, *, at: dt.datetime | None = None) -> str:
    """How long ago a moment was."""
    seconds = ((at or dt.datetime.now(dt.UTC)) - dt.datetime.fromisoformat(moment)).total_seconds()
    for size, key in _STEPS:
        if seconds >= size:
            return t("base.ago", {"time": t(key, {"count": int(seconds // size)})})
    return t("base.just_now")


def duration(started: str | None, finished: str | None, t: Texts, *, at: dt.datetime | None = None) -> str:
    """How long something took, or has taken so far; empty when it has not begun."""
    if started is None:
        return ""
    end = dt.datetime.fromisoformat(finished) if finished else (at or dt.datetime.now(dt.UTC))
    return seconds_text((end - dt.datetime.fromisoformat(started)).total_seconds(), t)


def seconds_text(seconds: float, t: Texts) -> str:
    """A time of seconds: ``40 ms``, ``2.4 s``, ``3 min 12 s``, ``1 h 5 min``."""
    seconds = max(0.0, seconds)
    if seconds < 0.0995:
        return t("base.milliseconds", {"count": round(seconds * 1000)})
    if seconds < 9.95:
        return t("base.seconds", {"count": f"{seconds:.1f}"})
    whole = round(seconds)
    if whole < 60:
        return t("base.seconds", {"count": whole})
    if whole < 3600:
        return f"{t('base.minutes', {'count': whole // 60})} {t('base.seconds', {'count': whole % 60})}"
    return f"{t('base.hours', {'count': whole // 3600})} {t('base.minutes', {'count': whole % 3600 // 60})}"


def size_text(count: int) -> str:
    """A size in bytes: ``930 B``, ``2.4 kB``, ``1.3 GB``."""
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" or amount >= 99.95 else f"{amount:.1f} {units[0]}"


def moment_text(moment: str) -> str:
    """A moment as tables show it: date and time, UTC."""
    return f"{moment[:10]} {moment[11:19]} UTC"
