"""The schema has the keys of the two tools, and is imported only for a calibration file."""

import subprocess
import sys

import modelwright.cli.main
from modelwright.quantize.config.schema import CalibrationTable, FileTable, InputTable, ModelTable, QuantizationTable


def test_the_keys_are_those_of_xquant_and_xslim():
    assert list(FileTable.model_fields) == ["model_parameters", "calibration_parameters", "quantization_parameters"]
    assert list(ModelTable.model_fields) == ["onnx_model", "output_prefix", "working_dir", "skip_onnxsim", "opset"]
    assert set(CalibrationTable.model_fields) == {
        "calibration_step",
        "calibration_batch_size",
        "calibration_device",
        "calibration_type",
        "input_parameters",
    }
    assert set(InputTable.model_fields) == {
        "input_name",
        "input_shape",
        "dtype",
        "file_type",
        "color_format",
        "mean_value",
        "std_value",
        "preprocess_file",
        "data_list_path",
    }
    assert set(QuantizationTable.model_fields) == {
        "precision_level",
        "finetune_level",
        "max_percentile",
        "analysis_enable",
        "custom_setting",
        "truncate_var_names",
        "ignore_op_types",
        "ignore_op_names",
    }


def test_the_command_line_does_not_import_pydantic():
    code = f"import sys, {modelwright.cli.main.__name__} as m; m.build_parser(); print('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
