import numpy as np
import onnx
import onnx_ir as ir
import pytest

from modelwright.errors import ReferenceDataError
from modelwright.quantize.accuracy.quality import Reference
from modelwright.quantize.judges import all_of, cosine_judge, drop_judge, top1
from modelwright.quantize.mixed import Verdict


def classifier(shape="N,4", shift=0.0):
    body = f"float[{shape}] x) => (float[{shape}] y) <float s = {{{shift}}}> {{ y = Add(x, s) }}"
    text = f'<ir_version: 8, opset_import: ["" : 17]> g ({body}'
    return ir.from_proto(onnx.parser.parse_model(text))


FEEDS = [{"x": np.eye(4, dtype=np.float32)[[place, 3 - place]]} for place in range(4)]


def test_top1_with_labels():
    labels = np.array([0, 3, 1, 2, 2, 0, 0, 0])
    assert top1(classifier(), FEEDS, labels)(classifier()) == pytest.approx(6 / 8)


def test_without_labels_the_float_model_is_right():
    assert top1(classifier(), FEEDS, None)(classifier()) == 1


def test_labels_and_outputs_must_fit():
    with pytest.raises(ReferenceDataError, match="3 labels for 8 samples"):
        top1(classifier(), FEEDS, np.zeros(3, np.int64))
    with pytest.raises(ReferenceDataError, match="go from 1 to 4, the classes of 'y' from 0 to 3"):
        top1(classifier(), FEEDS, np.array([1, 2, 3, 4, 4, 3, 2, 1]))
    with pytest.raises(ReferenceDataError, match="which output"):
        top1(classifier("1,4,2"), FEEDS, None)


def test_drop():
    judge = drop_judge(lambda model: 0.75, 0.76, 0.01)
    assert judge(classifier()).meets
    assert not drop_judge(lambda model: 0.74, 0.76, 0.01)(classifier()).meets
    assert "0.75" in judge(classifier()).text


def test_cosine_and_both():
    reference = Reference(classifier(), FEEDS)
    assert cosine_judge(reference, 0.999)(classifier()).meets
    assert not cosine_judge(reference, 0.999)(classifier(shift=0.5)).meets
    assert cosine_judge(reference)(classifier(shift=0.5)).meets
    no = all_of([cosine_judge(reference, 0.9), lambda model: Verdict(meets=False, text="no")])
    assert no(classifier()) == Verdict(meets=False, text="no")
    assert all_of([cosine_judge(reference, 0.9)] * 2)(classifier()).text.count(";") == 1
