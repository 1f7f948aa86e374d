import pytest

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.fields import decode
from modelwright.frontends.caffe.text import TextFile
from modelwright.schemas.pool import load_schema


def _decode(folder, text, name="ConvolutionParameter"):
    path = folder / "net.prototxt"
    path.write_text(text)
    file = TextFile(path)
    return decode(file, file.root, load_schema("caffe").message(name).DESCRIPTOR)


def test_values_are_typed(tmp_path):
    text = "num_output: 0x10 bias_term: false kernel_size: 3 kernel_size: 5 weight_filler { std: 1e-2f } engine: CUDNN"
    assert _decode(tmp_path, text).plain() == {
        "num_output": 16,
        "bias_term": False,
        "kernel_size": (3, 5),
        "weight_filler": {"std": 0.01},
        "engine": "CUDNN",
    }
    assert _decode(tmp_path, "pool: 1 global_pooling: 1", "PoolingParameter").plain() == {
        "pool": "AVE",
        "global_pooling": True,
    }


def test_unknown_fields_are_kept_with_their_places(tmp_path):
    found = _decode(tmp_path, "num_output: 1\nweight_filler { odd: 2 }\nalien { x: 1 }")
    assert found.all_unknown() == {"alien": 39, "weight_filler.odd": 30}


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("num_output: -1", "num_output is '-1'", "not negative"),
        ("num_output: 1.5", "num_output is '1.5'", "an integer"),
        ("num_output: 99999999999", "num_output is", "integer"),
        ("num_output: '3'", "num_output is '3'", "without quotes"),
        ("bias_term: maybe", "bias_term is 'maybe'", "true or false"),
        ("engine: FAST", "engine is 'FAST'", "DEFAULT, CAFFE, CUDNN"),
        ("num_output: 1 num_output: 2", "'num_output' is given twice", ""),
        ("weight_filler: 3", "is a message", ""),
        ("num_output { }", "is a value, not a message", ""),
    ],
)
def test_wrong_values_name_the_line(tmp_path, text, reason, hint):
    with pytest.raises(ModelFormatError) as caught:
        _decode(tmp_path, "\n" + text)
    assert "net.prototxt:2: " in caught.value.message
    assert reason in caught.value.message
    assert hint in caught.value.hint
