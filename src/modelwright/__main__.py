"""``python -m modelwright`` is the command ``modelwright``."""

from __future__ import annotations

from modelwright.cli.main import command

if __name__ == "__main__":
    command()
