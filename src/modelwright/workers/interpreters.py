"""Which interpreter a worker runs in, when it needs a framework that this process does not have."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from modelwright.errors import ToolMissingError

TENSORFLOW_VARIABLE: Final = "MODELWRIGHT_TF_PYTHON"
"""Environment variable that names an interpreter with TensorFlow."""


def find_tensorflow(option: Path | None) -> Path | None:
    """The interpreter named by the option, else by ``$MODELWRIGHT_TF_PYTHON``, else None.

    Raises:
        ToolMissingError: One is named that does not exist or cannot be executed.
    """
    named = str(option) if option is not None else os.environ.get(TENSORFLOW_VARIABLE, "")
    if not named:
        return None
    found = shutil.which(named) or shutil.which(Path(named).absolute())
    if found is None:
        origin = "--tf-python" if option is not None else TENSORFLOW_VARIABLE
        raise ToolMissingError(
            f"{named}: no such interpreter ({origin})",
            hint="name the python of an environment with TensorFlow, such as env/bin/python",
        )
    return Path(found).absolute()
