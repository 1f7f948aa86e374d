"""Preprocessing functions run in a worker, once a batch, and only when trusted."""

import json
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from modelwright.errors import CalibrationDataError, ToolMissingError
from modelwright.formats import TensorSpec
from modelwright.quantize.data.function import Trust
from modelwright.quantize.data.open import open_feeds
from modelwright.quantize.data.settings import DataSettings, InputData

SPEC = TensorSpec(name="x", dtype="float32", shape=("N", 2))


@pytest.fixture
def opened(tmp_path):
    for index in range(5):
        (tmp_path / f"{index}.dat").write_text(f"{index} {index + 10}")
    (tmp_path / "list.txt").write_text("".join(f"{index}.dat\n" for index in range(5)))

    def open_with(body, *, batch_size=2, python=None):
        (tmp_path / "prepare.py").write_text("import numpy as np\n" + textwrap.dedent(body))
        entry = InputData(
            path=str(tmp_path / "list.txt"), function=f"{tmp_path}/prepare.py:run", mean=(1.0,), std=(2.0,)
        )
        settings = DataSettings(inputs=(entry,), batch_size=batch_size)
        trust = Trust(given=True, python=python)
        return open_feeds(settings, [SPEC], trust=trust, scratch=tmp_path / "scratch")

    return open_with


_GOOD = """
    def run(path_list, input_parametr):
        print("called")
        numbers = [open(path).read().split() for path in path_list]
        return (np.array(numbers, np.float64) - input_parametr["mean_value"]) / input_parametr["std_value"]
"""


def test_the_function_gets_paths_and_entry_and_gives_batches(opened):
    feeds = opened(_GOOD)
    expected = (np.array([[index, index + 10] for index in range(5)]) - 1) / 2
    assert [feed["x"].shape for feed in feeds] == [(2, 2), (2, 2), (1, 2)]
    for _ in range(2):
        np.testing.assert_array_equal(np.concatenate([feed["x"] for feed in feeds]), expected)


def test_the_entry_has_the_calibration_files_keys(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    feeds = opened("""
        import json
        def run(path_list, input_parametr):
            with open("said.json", "w") as file:
                json.dump(input_parametr, file)
            return np.zeros((len(path_list), 2))
    """)
    said = json.loads(Path("said.json").read_text())
    assert said == {
        "input_name": "x",
        "input_shape": [2, 2],
        "dtype": "float32",
        "file_type": "img",
        "color_format": "bgr",
        "mean_value": [1.0],
        "std_value": [2.0],
        "preprocess_file": f"{tmp_path}/prepare.py:run",
        "data_list_path": f"{tmp_path}/list.txt",
    }
    assert len(feeds) == 3


def test_tensors_are_taken_without_their_framework(opened):
    feeds = opened(
        """
        class Tensor:
            def __init__(self, count): self.count = count
            def detach(self): return self
            def cpu(self): return self
            def __array__(self, dtype=None, copy=None): return np.ones((self.count, 2), np.float32)
        def run(path_list, input_parametr):
            return Tensor(len(path_list))
        """
    )
    assert all((feed["x"] == 1).all() for feed in feeds)


def test_results_are_kept_while_function_and_data_are_the_same(opened, tmp_path):
    counted = _GOOD.replace('print("called")', 'open("calls", "a").write("c")').replace(
        '"calls"', repr(str(tmp_path / "calls"))
    )
    for _ in range(2):
        opened(counted)
    assert (tmp_path / "calls").read_text() == "ccc"
    folder = next((tmp_path / "scratch").iterdir())
    (folder / "000001.npy").unlink()  # as if interrupted
    opened(counted)
    assert (tmp_path / "calls").read_text() == "cccc"
    before = opened(counted).digest()
    (tmp_path / "4.dat").write_text("9 9")
    feeds = opened(counted)
    assert feeds.digest() != before
    assert feeds.part(0, 2).digest() != opened(counted.replace("float64", "float32")).part(0, 2).digest()
    assert list(feeds)[-1]["x"].tolist() == [[4.0, 4.0]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def run(path_list):\n    return 1", r"TypeError: run\(\) takes 1 positional argument"),
        (
            "def run(path_list, entry):\n    x = 1\n    raise ValueError('no picture')",
            r"ValueError: no picture \(line 4\)",
        ),
        ("def other(path_list, entry): ...", "it has no function 'run'; it has other"),
        ("def run(paths, entry):\n    return np.zeros((1, 2))", r"gave an array of shape \[1, 2\] for 2 files"),
        ("def run(paths, entry):\n    return np.zeros((len(paths), 3))", r"its shape \[2, 3\] does not fit input 'x'"),
        ("def run(paths, entry):\n    return 'text'", "it gave str, which is no array of numbers"),
        ("def run(paths, entry):\n    return {'x': 1}", "it gave dict"),
        ("def run(", r"SyntaxError"),
        ("1 / 0", r"ZeroDivisionError: division by zero \(line 2\)"),
    ],
)
def test_what_is_wrong_with_a_function_is_said(opened, body, said):
    with pytest.raises(CalibrationDataError, match=said) as caught:
        opened(body)
    assert "prepare.py:run" in caught.value.message


def test_numbers_that_are_none_name_the_function_and_its_files(opened):
    feeds = opened("def run(paths, entry):\n    return np.full((len(paths), 2), np.nan)")
    with pytest.raises(CalibrationDataError, match=r"what .*prepare\.py:run gave for .*0\.dat and 1 more: 4 of 4"):
        next(iter(feeds))


def test_a_missing_module_asks_for_an_interpreter(opened):
    with pytest.raises(ToolMissingError, match="No module named 'surely_not_there'") as caught:
        opened("import surely_not_there")
    assert "--data-python" in caught.value.hint


def test_an_interpreter_of_its_own(opened):
    feeds = opened(_GOOD, python=Path(sys.executable))
    assert len(list(feeds)) == 3
