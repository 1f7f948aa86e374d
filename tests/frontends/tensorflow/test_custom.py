"""Operators passed through to another domain."""

from pathlib import Path

import onnx_ir as ir
import pytest

from modelwright.errors import UnsupportedError
from modelwright.frontends.tensorflow.convert import ConvertOptions, convert_graph
from modelwright.frontends.tensorflow.reader import read_model

GRAPH = Path(__file__).parents[2] / "fixtures" / "tensorflow" / "models" / "unsupported" / "frozen.pb"
UNSUPPORTED = ("Igamma", "Lgamma", "StringToHashBucketFast", "Substr")


def test_custom_operators_keep_names_attributes_and_dtypes() -> None:
    options = ConvertOptions(opset=17, custom_ops=dict.fromkeys(UNSUPPORTED, "my.domain"))
    model = convert_graph(read_model(GRAPH), options)
    custom = {node.op_type: node for node in model.graph if node.domain == "my.domain"}
    assert sorted(custom) == sorted(UNSUPPORTED)
    assert custom["StringToHashBucketFast"].attributes["num_buckets"].as_int() > 0
    assert custom["StringToHashBucketFast"].outputs[0].dtype is ir.DataType.INT64
    assert custom["Lgamma"].outputs[0].dtype is ir.DataType.FLOAT
    assert model.opset_imports["my.domain"] == 1


def test_without_them_all_are_named_at_once() -> None:
    with pytest.raises(UnsupportedError) as caught:
        convert_graph(read_model(GRAPH), ConvertOptions(opset=17))
    assert [item.split()[0] for item in caught.value.items] == sorted(UNSUPPORTED)
