"""Makes ``caffe_checking`` and the writer of caffemodels importable for the tests of this directory."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures" / "caffe"))
