from modelwright.diagnostics import Level
from modelwright.passes.precision.narrow import Narrowed
from modelwright.passes.precision.notices import narrowing_notices


def test_what_stays_because_of_its_numbers_is_named():
    kept = {f"n{number}": "its numbers come near the largest float16" for number in range(7)} | {"k": "asked for"}
    (notice,) = narrowing_notices(Narrowed(nodes=3, casts=0, kept=kept), measured=True)
    assert notice.message.startswith("7 layers stay float32")
    assert notice.message.endswith("n0, n1, n2, n3, n4 and 2 more")


def test_what_could_not_be_measured_is_a_warning():
    (notice,) = narrowing_notices(Narrowed(nodes=3, casts=0, kept={"k": "asked for"}), measured=False)
    assert notice.level is Level.WARNING
