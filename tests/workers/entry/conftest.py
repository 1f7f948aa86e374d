"""The folder of the workers' scripts, whose modules import each other as scripts do."""

import sys
from pathlib import Path

from modelwright import workers

sys.path.insert(0, str(Path(workers.__path__[0]) / "entry"))
