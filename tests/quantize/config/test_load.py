"""Reading calibration files: formats, spellings, and every mistake named at once."""

import json

import pytest

from modelwright.errors import ConfigError
from modelwright.quantize.config.load import load_config, parse_config
from modelwright.quantize.settings import Precision


@pytest.fixture
def listed(tmp_path):
    (tmp_path / "list.txt").write_text("a.png\n")
    return tmp_path


def _write(path, data):
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def _minimal(key="input_parameters", **entry):
    return {"calibration_parameters": {key: [{"data_list_path": "list.txt", **entry}]}}


def test_both_spellings_say_the_same(listed):
    old = load_config(_write(listed / "old.json", _minimal("input_parametres")))
    new = load_config(_write(listed / "new.json", _minimal("input_parameters")))
    assert old == new
    assert new.data.inputs[0].path == str(listed / "list.txt")


def test_json_and_toml_say_the_same(listed):
    toml = '[[calibration_parameters.input_parameters]]\ndata_list_path = "list.txt"\nmean_value = [1, 2.5, 3]\n'
    assert load_config(_write(listed / "c.toml", toml)) == load_config(
        _write(listed / "c.json", _minimal(mean_value=[1, 2.5, 3]))
    )


def test_one_number_for_all_channels_needs_no_list(listed):
    one = load_config(_write(listed / "c.json", _minimal(mean_value=127.5, std_value=[127.5])))
    assert (one.data.inputs[0].mean, one.data.inputs[0].std) == ((127.5,), (127.5,))
    with pytest.raises(ConfigError, match="a list is wanted"):
        load_config(_write(listed / "d.json", _minimal(mean_value=True)))


def test_nulls_and_a_byte_order_mark_do_not_matter(listed):
    nulls = {"model_parameters": None, "quantization_parameters": {"custom_setting": None, "max_percentile": None}}
    path = _write(listed / "c.json", "\ufeff" + json.dumps(_minimal(mean_value=None) | nulls))
    assert load_config(path) == load_config(_write(listed / "d.json", _minimal()))


def test_no_data_are_needed_without_calibration(tmp_path):
    found = load_config(_write(tmp_path / "c.json", {"quantization_parameters": {"precision_level": 4}}))
    assert found.data is None
    assert found.settings.precision is Precision.FLOAT16


@pytest.mark.parametrize(
    ("text", "suffix", "said"),
    [
        ("{", ".json", "is not valid JSON"),
        ('{"a": 1,}', ".json", "is not valid JSON"),
        ("[1]", ".json", "its top level is no table"),
        ("a =", ".toml", "is not valid TOML"),
        ('{"model_parameters": {"opset": 1, "opset": 2}}', ".json", "opset stands twice"),
        ("[" * 100000, ".json", "is not valid JSON"),
    ],
)
def test_what_is_no_calibration_file(tmp_path, text, suffix, said):
    path = _write(tmp_path / f"c{suffix}", text)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(path)
    assert str(path) in caught.value.message


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(ConfigError, match="there is no calibration file"):
        load_config(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "binary.json")


def test_both_spellings_together_are_refused(listed):
    data = {"calibration_parameters": {"input_parameters": [], "input_parametres": []}}
    with pytest.raises(ConfigError, match="input_parametres is there beside input_parameters"):
        load_config(_write(listed / "c.json", data))


def test_all_mistakes_are_named_at_once_in_the_files_spelling(listed):
    data = {
        "modelparameters": {},
        "calibration_parameters": {
            "calibration_stp": 4,
            "precision_level": 1,
            "calibration_type": "kldiv",
            "calibration_batch_size": True,
            "input_parametres": [{"data_list_path": 3, "mean": [1]}, 5],
        },
        "quantization_parameters": {
            "precision_level": True,
            "finetune_level": 7,
            "max_percentile": 99.9,
            "custom_setting": [{"input_names": []}],
        },
    }
    with pytest.raises(ConfigError) as caught:
        load_config(_write(listed / "c.json", data))
    message = caught.value.message
    for said in (
        "13 keys must be corrected",
        "modelparameters is no key of a calibration file (did you mean 'model_parameters'",
        "calibration_parameters.calibration_stp is no key of a calibration file (did you mean 'calibration_step'",
        "calibration_parameters.precision_level is no key of a calibration file (it belongs to",
        "calibration_type is 'kldiv': one of default, kl, minmax, percentile, mse is wanted (did you mean 'kl'?)",
        "calibration_parameters.calibration_batch_size is True: a whole number is wanted",
        "calibration_parameters.input_parametres[0].data_list_path is 3: a text is wanted",
        "calibration_parameters.input_parametres[0].mean is no key of a calibration file (did you mean 'mean_value'",
        "calibration_parameters.input_parametres[1] is 5: a table is wanted",
        "quantization_parameters.precision_level is True: a whole number is wanted",
        "quantization_parameters.finetune_level is 7: one of 0, 1, 2, 3 is wanted",
        "quantization_parameters.max_percentile is 99.9: a number up to 1 is wanted",
        "quantization_parameters.custom_setting[0].input_names is []: a list that is not empty is wanted",
        "quantization_parameters.custom_setting[0].output_names is missing",
    ):
        assert said in message


def test_a_single_mistake_has_its_remedy_as_hint(listed):
    with pytest.raises(ConfigError) as caught:
        load_config(_write(listed / "c.json", _minimal(color="rgb")))
    assert "input_parameters[0].color is no key" in caught.value.message
    assert caught.value.hint == "did you mean 'color_format'?"


def test_data_from_python_have_paths_relative_to_the_folder_given(listed):
    found = parse_config(_minimal(), folder=listed, where="config")
    assert found.data.inputs[0].path == str(listed / "list.txt")
    with pytest.raises(ConfigError, match=r"^config: calibration_parameters\.calibration_step is 0: a number from 1"):
        parse_config({"calibration_parameters": {"calibration_step": 0}}, folder=listed, where="config")
