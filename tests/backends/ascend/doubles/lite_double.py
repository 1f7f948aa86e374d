"""A strict stand-in for ``converter_lite``: takes what its reference describes, refuses everything else.

It is for tests only. What it leaves is a MindIR file with the inputs that its configuration names.
"""

from __future__ import annotations

import configparser
import re
import sys
from pathlib import Path

from modelwright.schemas.pool import load_schema

FLAGS = {
    "saveType": "MINDIR|MINDIR_LITE",
    "fmk": "TF|TFLITE|CAFFE|MINDIR|ONNX",
    "modelFile": ".+",
    "weightFile": ".+",
    "outputFile": ".+",
    "configFile": ".+",
    "optimize": "none|general|ascend_oriented",
    "device": "Ascend",
    "NoFusion": "true|false",
    "inputShape": ".+",
}
KEYS = {
    "input_format": "NCHW|NHWC|ND",
    "input_shape": r"[^;\[]+:\[(-?\d+,)*-?\d+\](;[^;\[]+:\[(-?\d+,)*-?\d+\])*",
    "dynamic_dims": r"\[\d+(,\d+)?\](,\[\d+(,\d+)?\])*(;\[\d+(,\d+)?\](,\[\d+(,\d+)?\])*)*",
    "precision_mode": "enforce_fp16|enforce_fp32|preferred_fp32|enforce_origin|preferred_optimal",
    "op_select_impl_mode": "high_performance|high_precision",
    "output_type": "FP16|FP32|UINT8",
    "fusion_switch_config_file_path": ".+",
    "insert_op_config_file_path": ".+",
    "plugin_custom_ops": "All|None",
}


def refuse(reason: str) -> int:
    print(f"CONVERT RESULT FAILED:-1 {reason}")
    return 1


def main() -> int:
    given: dict[str, str] = {}
    for argument in sys.argv[1:]:
        name, equals, value = argument.removeprefix("--").partition("=")
        if name not in FLAGS or not equals or not re.fullmatch(FLAGS[name], value):
            return refuse(f"invalid argument {argument}")
        given[name] = value
    missing = [name for name in ("fmk", "modelFile", "outputFile") if name not in given]
    if missing or not Path(given["modelFile"]).is_file():
        return refuse(f"missing {missing}")
    if (given["fmk"] == "CAFFE") != ("weightFile" in given):
        return refuse("weightFile goes with CAFFE")
    config = configparser.ConfigParser(delimiters="=")
    config.optionxform = str
    config.read(given["configFile"])
    ascend = dict(config["ascend_context"]) if "ascend_context" in config else {}
    for key, value in ascend.items():
        if not re.fullmatch(KEYS.get(key, "$."), value):
            return refuse(f"invalid config {key}={value}")
    shapes = [item.rpartition(":") for item in ascend["input_shape"].split(";")]
    opened = sum("-1" in dims for _, _, dims in shapes)
    groups = ascend["dynamic_dims"].split(";") if "dynamic_dims" in ascend else []
    if len(groups) != opened:
        return refuse(f"{len(groups)} dynamic_dims for {opened} open inputs")
    message = load_schema("mindir").message("ModelProto")(producer_name="lite", model_version="2")
    message.graph.name = "g"
    for name, _, dims in shapes:
        message.graph.input.add(name=name).tensor.add(data_type=1).dims.extend(map(int, dims.strip("[]").split(",")))
    Path(given["outputFile"] + ".mindir").write_bytes(message.SerializeToString())
    print("CONVERT RESULT SUCCESS:0")
    return 0
