"""Which interpreter a worker runs in, when it needs a framework that this process does not have."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelwright.errors import ToolMissingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A framework's interpreter, which the user names.

    Attributes:
        name: The key in a recipe's ``[verify]`` and in Python; with dashes, the long flag.
        framework: The framework's name for people.
        variable: Environment variable that names one when the flag is not given.
    """

    name: str
    framework: str
    variable: str

    @property
    def flag(self) -> str:
        """The long flag: ``--tf-python``."""
        return "--" + self.name.replace("_", "-")

    def find(self, option: Path | None) -> Path | None:
        """The interpreter named by the option, else by the variable, else None.

        Raises:
            ToolMissingError: One is named that does not exist or cannot be executed.
        """
        named = str(option) if option is not None else os.environ.get(self.variable, "")
        if not named:
            return None
        found = shutil.which(named) or shutil.which(Path(named).absolute())
        if found is None:
            origin = self.flag if option is not None else self.variable
            raise ToolMissingError(
                f"{named}: no such interpreter ({origin})",
                hint=f"name the python of an environment with {self.framework}, such as env/bin/python",
            )
        return Path(found).absolute()


TENSORFLOW: Final = Interpreter(name="tf_python", framework="TensorFlow", variable="MODELWRIGHT_TF_PYTHON")
OPENCV: Final = Interpreter(name="cv_python", framework="OpenCV 4", variable="MODELWRIGHT_CV_PYTHON")
PADDLE: Final = Interpreter(name="paddle_python", framework="Paddle", variable="MODELWRIGHT_PADDLE_PYTHON")
MINDSPORE: Final = Interpreter(name="ms_python", framework="MindSpore", variable="MODELWRIGHT_MS_PYTHON")
TENSORRT: Final = Interpreter(name="trt_python", framework="TensorRT", variable="MODELWRIGHT_TRT_PYTHON")
DATA: Final = Interpreter(
    name="data_python", framework="what preprocessing functions import", variable="MODELWRIGHT_DATA_PYTHON"
)

TENSORFLOW_VARIABLE: Final = TENSORFLOW.variable
"""Environment variable that names an interpreter with TensorFlow."""


def find_tensorflow(option: Path | None) -> Path | None:
    """The interpreter named by the option, else by ``$MODELWRIGHT_TF_PYTHON``, else None.

    Raises:
        ToolMissingError: One is named that does not exist or cannot be executed.
    """
    return TENSORFLOW.find(option)
