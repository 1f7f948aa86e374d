import platform

import pytest

from modelwright.quantize import saturation
from modelwright.quantize.params import Placement, QuantizedTensor, Role
from modelwright.quantize.settings import QuantizeSettings, Scheme


def placement(activation, weight, *, symmetric=True):
    scheme = Scheme(dtype=weight, symmetric=symmetric)
    tensors = [QuantizedTensor(name="w", role=Role.WEIGHT, scheme=scheme, readers=())]
    if activation:
        tensors.append(QuantizedTensor(name="x", role=Role.ACTIVATION, scheme=Scheme(dtype=activation), readers=()))
    return Placement(tensors=tuple(tensors))


def notice(made, target="tflite"):
    return saturation.saturation_notice(made, QuantizeSettings(target=target))


@pytest.fixture
def processor(monkeypatch, tmp_path):
    def become(machine, text):
        monkeypatch.setattr(platform, "machine", lambda: machine)
        monkeypatch.setattr(saturation, "_PROCESSOR", tmp_path / "cpuinfo")
        if text is not None:
            (tmp_path / "cpuinfo").write_text(text)

    return become


@pytest.mark.parametrize(
    ("machine", "text", "saturates"),
    [
        ("x86_64", "model name : X\nflags\t\t: fpu avx avx2 avx512f\n", True),
        ("x86_64", "flags\t\t: fpu avx2 avx512_vnni\n", False),
        ("AMD64", "flags : avx2 avx_vnni", False),
        ("x86_64", None, False),
        ("x86_64", "nothing is known", False),
        ("aarch64", "Features : asimd\nflags : avx2", False),
    ],
)
def test_processors(processor, machine, text, saturates):
    processor(machine, text)
    assert saturation.saturates_here() is saturates
    assert bool(notice(placement("uint8", "int8"))) is saturates


def test_weights_without_room_for_sums_are_spoken_of(processor):
    processor("x86_64", "flags : avx2")
    (said,) = notice(placement("uint8", "int8"))
    assert "session.x64quantprecision" in said.message
    assert "--weights uint8" in (said.hint or "")
    assert notice(placement("int8", "int8"))
    assert notice(placement("uint8", "int8", symmetric=False), "onnxruntime")
    assert not notice(placement("uint8", "int8"), "onnxruntime")
    for activation, weight in (("uint8", "uint8"), ("uint16", "int8"), (None, "int8")):
        assert not notice(placement(activation, weight))
