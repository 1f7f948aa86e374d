"""``python -m modelwright`` is the command ``modelwright``."""

from __future__ import annotations

import sys

from modelwright.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
