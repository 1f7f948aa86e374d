import numpy as np

from modelwright.diagnostics import Status
from modelwright.verify.diff.graph import match_models
from modelwright.verify.locate.pairs import pair_tensors
from modelwright.verify.locate.probe import OnnxProbe
from modelwright.verify.locate.run import Expected, Subject, verify_against

TEXT = """
g (float[2] x) => (float[2] y, float[2] z) {
    [a] a = Exp (x)
    [y] y = Neg (a)
    [z] z = Abs (a)
}
"""


def _verify(model, folder, *, missing=(), dropped=(), second=TEXT):
    a, b = model(TEXT), model(second)
    inputs = {"x": np.float32([0.5, 1])}
    source, other = OnnxProbe(a, folder / "a", inputs), OnnxProbe(b, folder / "b", inputs)
    match = match_models(a, b)
    (theirs, known), (mine, digests) = (probe.survey(["y", "z"], probe.skeleton.made) for probe in (source, other))
    subject = Subject(model="m.onnx", source="s.onnx", method="two numbers", rtol=1e-4, atol=1e-6)
    return verify_against(
        subject,
        source=source,
        model=other,
        match=match,
        pairs=pair_tensors(match, known, digests),
        expected=Expected(
            outputs={name: array for name, array in theirs.items() if name not in dropped},
            missing=missing,
            digests=known,
        ),
        actual=mine,
        digests=digests,
    )


def test_all_outputs_must_have_been_compared(model, tmp_path):
    found = _verify(model, tmp_path)
    assert (found.status, found.search.matched_by) == (Status.VERIFIED, {"name": 3})
    found = _verify(model, tmp_path / "2", missing=("z",), dropped=("z",))
    assert (found.status, found.reason) == (Status.UNVERIFIED, "there are no expected values for z")
    found = _verify(model, tmp_path / "3", dropped=("y", "z"))
    assert (found.status, "no output in common" in found.reason) == (Status.UNVERIFIED, True)


def test_one_output_that_is_off_is_named(model, tmp_path):
    found = _verify(model, tmp_path, second=TEXT.replace("Abs (a)", "Sqrt (a)"))
    assert (found.status, found.divergence.layer) == (Status.FAILED, "z")
    assert found.reason.startswith("z: 2 of 2 elements are off, by up to ")
