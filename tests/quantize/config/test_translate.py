"""What the keys of a calibration file become, key by key."""

import pytest

from modelwright.diagnostics import Level
from modelwright.errors import ConfigError
from modelwright.quantize.config.file import ModelSettings
from modelwright.quantize.config.load import parse_config
from modelwright.quantize.data.settings import Color, DataSettings, FileType, InputData, Preset
from modelwright.quantize.settings import Method, PartSettings, Precision, QuantizeSettings


@pytest.fixture
def parse(tmp_path):
    (tmp_path / "list.txt").write_text("a.png\n")
    (tmp_path / "prepare.py").write_text("def run(paths, entry): ...\n")

    def parsed(*, model=None, calibration=None, quantization=None, entry=None, inputs=None):
        entries = [{"data_list_path": "list.txt", **(entry or {})}] if inputs is None else inputs
        tables = {
            "model_parameters": model,
            "calibration_parameters": {"input_parameters": entries, **(calibration or {})},
            "quantization_parameters": quantization,
        }
        return parse_config(tables, folder=tmp_path, where="c.json")

    return parsed


def _remarks(found):
    return [(remark.level, remark.message) for remark in found.remarks]


def test_the_defaults_are_those_of_the_table(parse, tmp_path):
    found = parse()
    assert found.model == ModelSettings()
    assert found.settings == QuantizeSettings()
    assert found.data == DataSettings(inputs=(InputData(path=str(tmp_path / "list.txt")),), batches=100)
    assert found.data.inputs[0].file_type is FileType.IMAGE
    assert found.report
    assert not found.remarks


def test_every_key_of_the_model(parse, tmp_path):
    found = parse(
        model={
            "onnx_model": "models/net.onnx",
            "output_prefix": "net.int8",
            "working_dir": "out",
            "skip_onnxsim": True,
            "opset": 17,
        }
    )
    assert found.model == ModelSettings(
        onnx_model=str(tmp_path / "models/net.onnx"),
        output_prefix="net.int8",
        working_dir=str(tmp_path / "out"),
        simplify=False,
        opset=17,
    )


def test_a_prefix_names_no_folder_and_may_have_the_suffix(parse):
    assert parse(model={"output_prefix": "net.onnx"}).model.output_prefix == "net"
    with pytest.raises(ConfigError, match="output_prefix is 'out/net': a name without folders"):
        parse(model={"output_prefix": "out/net"})


def test_every_key_of_calibration(parse, tmp_path):
    found = parse(
        calibration={
            "calibration_step": 50,
            "calibration_batch_size": 4,
            "calibration_device": "cpu",
            "calibration_type": "KL",
        },
        entry={
            "input_name": "image",
            "input_shape": [4, 3, 32, 48],
            "dtype": "float32",
            "file_type": "img",
            "color_format": "RGB",
            "mean_value": [123.675, 116.28, 103.53],
            "std_value": [58, 57, 57],
            "preprocess_file": "pt_imagenet",
        },
    )
    assert found.settings.method is Method.KL
    assert found.data == DataSettings(
        inputs=(
            InputData(
                path=str(tmp_path / "list.txt"),
                name="image",
                shape=(4, 3, 32, 48),
                dtype="float32",
                color=Color.RGB,
                mean=(123.675, 116.28, 103.53),
                std=(58.0, 57.0, 57.0),
                preset=Preset.PT_IMAGENET,
            ),
        ),
        batches=50,
        batch_size=4,
    )


def test_every_key_of_quantization(parse):
    found = parse(
        quantization={
            "finetune_level": 3,
            "max_percentile": 0.999,
            "analysis_enable": False,
            "truncate_var_names": ["a", "b", "a"],
            "ignore_op_types": ["Softmax"],
            "ignore_op_names": ["/head/Conv"],
            "custom_setting": [
                {
                    "input_names": ["x"],
                    "output_names": ["y", "z"],
                    "precision_level": 2,
                    "calibration_type": "mse",
                    "max_percentile": 1,
                },
                {"input_names": ["z"], "output_names": ["w"]},
                {"input_names": ["w"], "output_names": ["v"], "precision_level": 100},
            ],
        }
    )
    assert found.settings == QuantizeSettings(
        finetune=3,
        max_percentile=0.999,
        truncate_at=("a", "b"),
        ignore_op_types=("Softmax",),
        ignore_op_names=("/head/Conv",),
        parts=(
            PartSettings(
                inputs=("x",),
                outputs=("y", "z"),
                precision=Precision.INT8,
                level=2,
                method=Method.MSE,
                max_percentile=1.0,
            ),
            PartSettings(inputs=("z",), outputs=("w",)),
            PartSettings(inputs=("w",), outputs=("v",), precision=Precision.FLOAT, level=0),
        ),
    )
    assert not found.report


@pytest.mark.parametrize(
    ("level", "precision", "inner"),
    [
        (0, Precision.INT8, 0),
        (1, Precision.INT8, 1),
        (2, Precision.INT8, 2),
        (3, Precision.DYNAMIC, 0),
        (4, Precision.FLOAT16, 0),
        (100, Precision.FLOAT, 0),
    ],
)
def test_precision_levels(parse, level, precision, inner):
    settings = parse(quantization={"precision_level": level}).settings
    assert (settings.precision, settings.level) == (precision, inner)


@pytest.mark.parametrize("method", list(Method))
def test_calibration_types(parse, method):
    assert parse(calibration={"calibration_type": method.value}).settings.method is method


@pytest.mark.parametrize("file_type", list(FileType))
def test_file_types(parse, file_type):
    assert parse(entry={"file_type": file_type.value}).data.inputs[0].file_type is file_type


def test_a_function_is_named_with_its_file(parse, tmp_path):
    entry = parse(entry={"preprocess_file": "./prepare.py:run"}).data.inputs[0]
    assert entry.function == f"{tmp_path}/prepare.py:run"
    assert entry.preset is None
    with pytest.raises(ConfigError, match="there is no such file"):
        parse(entry={"preprocess_file": "other.py:run"})
    with pytest.raises(ConfigError, match=r"is 'PTIMAGENET': PT_IMAGENET, IMAGENET or file\.py:function is wanted"):
        parse(entry={"preprocess_file": "PTIMAGENET"})


def test_missing_data_are_named_not_replaced_by_zeros(parse):
    for inputs, said in (([], "is empty"), ([{}], r"\[0\]\.data_list_path is missing")):
        with pytest.raises(ConfigError, match=said):
            parse(inputs=inputs)
    with pytest.raises(ConfigError, match=r"input_parameters is missing") as caught:
        parse_config({}, folder=None, where="c.json")
    assert "nothing to calibrate on" in caught.value.hint
    with pytest.raises(ConfigError, match=r"is 'no\.txt': there is no such file or folder"):
        parse(inputs=[{"data_list_path": "no.txt"}])


def test_several_missing_files_are_named_at_once(parse):
    with pytest.raises(ConfigError) as caught:
        parse(inputs=[{"data_list_path": "no.txt", "preprocess_file": "no.py:f", "std_value": [0]}, {}])
    assert "4 keys must be corrected" in caught.value.message


def test_an_input_is_named_once(parse):
    entry = {"data_list_path": "list.txt", "input_name": "x"}
    with pytest.raises(ConfigError, match="names the input 'x' 2 times"):
        parse(inputs=[entry, entry])


def test_a_deviation_of_zero(parse):
    with pytest.raises(ConfigError, match="std_value holds a 0"):
        parse(entry={"std_value": [1, 0, 1]})


@pytest.mark.parametrize("steps", [9, 1001])
def test_odd_numbers_of_steps_are_remarked(parse, steps):
    ((level, message),) = _remarks(parse(calibration={"calibration_step": steps}))
    assert level is Level.WARNING
    assert f"calibration_step is {steps}" in message
    assert not parse(calibration={"calibration_step": 10}).remarks


def test_cuda_is_remarked(parse):
    assert _remarks(parse(calibration={"calibration_device": "cuda"})) == [
        (Level.NOTICE, "calibration_device is cuda; calibration runs on the CPU")
    ]


def test_data_that_are_not_needed_are_remarked(parse):
    assert "precision_level 4 needs no calibration data" in _remarks(parse(quantization={"precision_level": 4}))[0][1]


def test_keys_of_images_beside_arrays_are_remarked(parse):
    ((level, message),) = _remarks(parse(entry={"file_type": "npy", "mean_value": [1], "preprocess_file": "IMAGENET"}))
    assert level is Level.WARNING
    assert "mean_value, preprocess_file not applied" in message


def test_means_of_pixels_from_0_to_1_are_remarked(parse):
    ((level, message),) = _remarks(parse(entry={"mean_value": [0.485, 0.456, 0.406], "std_value": [0.2, 0.2, 0.2]}))
    assert level is Level.WARNING
    assert "they go from 0 to 255" in message
    assert not parse(entry={"mean_value": [0, 0, 0], "std_value": [255, 255, 255]}).remarks


def test_a_list_in_the_working_directory_is_found_and_remarked(parse, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "here.txt").write_text("a.png")
    monkeypatch.chdir(elsewhere)
    found = parse(inputs=[{"data_list_path": "here.txt"}])
    assert found.data.inputs[0].path == str(elsewhere / "here.txt")
    assert _remarks(found) == [
        (Level.NOTICE, "here.txt was found in the working directory, not beside the calibration file")
    ]
