"""Data settings are plain data, so that a recipe can hold them."""

import json

import pytest

from modelwright.errors import UsageError
from modelwright.quantize.data.settings import Color, DataSettings, FileType, InputData, Preset
from modelwright.quantize.stored import from_plain, plain_data


def test_settings_survive_a_recipe():
    settings = DataSettings(
        inputs=(
            InputData(
                path="list.txt",
                name="x",
                shape=(1, 3, 8, 8),
                dtype="float32",
                color=Color.RGB,
                mean=(1.0, 2.5, 3.0),
                std=(4.0,),
                preset=Preset.IMAGENET,
            ),
            InputData(path="data", file_type=FileType.RAW, function="prepare.py:run"),
        ),
        batches=7,
        batch_size=2,
    )
    stored = json.loads(json.dumps(plain_data(settings)))
    assert from_plain(DataSettings, stored, where="quantize.data") == settings


def test_what_is_as_by_default_is_not_stored():
    assert plain_data(DataSettings(inputs=(InputData(path="images"),))) == {"inputs": [{"path": "images"}]}


@pytest.mark.parametrize("said", [{"batches": 0}, {"batches": -2}, {"batch_size": 0}])
def test_no_data_at_all_cannot_be_asked_for(said):
    with pytest.raises(UsageError, match="are asked for"):
        DataSettings(inputs=(InputData(path="images"),), **said)
