import numpy as np
import pytest

from modelwright.errors import ReferenceDataError
from modelwright.formats import TensorSpec
from modelwright.verify.reference import load_reference

INPUTS = (
    TensorSpec(name="image", dtype="float32", shape=("N", 3)),
    TensorSpec(name="ids", dtype="int64", shape=("N",)),
)
OUTPUTS = (TensorSpec(name="prob", dtype="float32", shape=("N", 2)),)
GOOD = {
    "in:image": np.zeros((4, 3), np.float32),
    "in:ids": np.zeros(4, np.int64),
    "out:prob": np.zeros((4, 2), np.float32),
}


@pytest.fixture
def load(tmp_path):
    def run(arrays):
        np.savez(tmp_path / "r.npz", **arrays)
        return load_reference(tmp_path / "r.npz", INPUTS, OUTPUTS)

    return run


def test_a_reference_that_fits(load):
    data = load(GOOD)
    assert list(data.inputs) == ["image", "ids"]
    assert list(data.outputs) == ["prob"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"in:imag": np.zeros(1)}, r"no input 'imag' \(did you mean 'image'\?\)"),
        ({"out:probs": np.zeros(1)}, "no output 'probs'"),
        ({"image": np.zeros(1)}, "'image' is neither an input"),
        ({"in:ids": None}, "input 'ids' is missing"),
        ({"out:prob": None}, "no expected output"),
        ({"in:image": np.zeros((4, 3))}, "dtype float64 instead of float32"),
        ({"in:image": np.zeros((4, 5), np.float32)}, r"shape \[4, 5\] instead of \[N, 3\]"),
        ({"in:image": np.zeros((1, 4, 3), np.float32)}, r"shape \[1, 4, 3\]"),
        ({"in:ids": np.zeros(3, np.int64)}, "dimension 'N' is 4 in input 'image' but 3 in input 'ids'"),
        ({"in:ids": np.array([{}], dtype=object)}, "Python objects"),
    ],
)
def test_every_mistake_is_named(load, change, reason):
    arrays = {name: array for name, array in {**GOOD, **change}.items() if array is not None}
    with pytest.raises(ReferenceDataError, match=reason) as caught:
        load(arrays)
    assert caught.value.hint


def test_all_mistakes_at_once(load):
    with pytest.raises(ReferenceDataError) as caught:
        load({"in:ids": GOOD["in:ids"].astype(np.int32), "x": np.zeros(1)})
    for part in ("'x'", "int32", "'image' is missing", "no expected output"):
        assert part in caught.value.message


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(50), None])
def test_files_that_are_no_archives(tmp_path, content):
    path = tmp_path / "r.npz"
    if content is None:
        np.save(tmp_path / "r.npy", np.zeros(3))
        (tmp_path / "r.npy").rename(path)
    else:
        path.write_bytes(content)
    with pytest.raises(ReferenceDataError, match=r"r\.npz"):
        load_reference(path, INPUTS, OUTPUTS)


def test_a_missing_file(tmp_path):
    with pytest.raises(ReferenceDataError, match="No such file"):
        load_reference(tmp_path / "r.npz", INPUTS, OUTPUTS)


def test_keys_may_be_in_the_sources_names(tmp_path):
    arrays = {**GOOD, "out:image": GOOD["out:prob"]}
    del arrays["out:prob"]
    np.savez(tmp_path / "r.npz", **arrays)
    aliases = {"out:image": "out:prob", "in:image": "out:prob"}
    data = load_reference(tmp_path / "r.npz", INPUTS, OUTPUTS, aliases=aliases)
    assert list(data.outputs) == ["prob"]
    assert data.inputs["image"].shape == (4, 3)


def test_bytes_are_text(tmp_path):
    words = TensorSpec(name="words", dtype="string", shape=("N",))
    np.savez(
        tmp_path / "r.npz", **{"in:words": np.asarray(["bee", "füchse"]).astype("U"), "out:words": np.asarray([b"cat"])}
    )
    data = load_reference(tmp_path / "r.npz", [words], [words])
    assert data.inputs["words"].tolist() == ["bee", "füchse"]
    assert data.outputs["words"].tolist() == ["cat"]


def test_bytes_that_are_no_text_are_an_error(tmp_path):
    words = TensorSpec(name="words", dtype="string", shape=("N",))
    np.savez(tmp_path / "r.npz", **{"in:words": np.asarray([b"\xff\xfe"])})
    with pytest.raises(ReferenceDataError, match="not UTF-8"):
        load_reference(tmp_path / "r.npz", [words], [words])
