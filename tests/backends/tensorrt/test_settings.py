import pytest

from modelwright.backends.tensorrt.manifest import MANIFEST
from modelwright.backends.tensorrt.settings import FLAGS, FULL, RTX, Options, check_for, fits, make_settings
from modelwright.errors import UsageError


def test_the_manifest_and_the_settings_know_the_same_options():
    assert {option.name for option in MANIFEST.options} == Options.__annotations__.keys()
    assert FLAGS.keys() <= Options.__annotations__.keys()


def test_options_become_settings():
    found = make_settings(
        {
            "compute_capability": ["8.9"],
            "precision": "fp8",
            "optimization_level": 5,
            "strict_nans": True,
            "sparse_weights": True,
            "fallback": "cut",
            "opt_shapes": ["x[1,3]"],
        }
    )
    assert found.flags == ("SPARSE_WEIGHTS", "STRICT_NANS")
    assert (found.cut, found.level, found.usual) == (True, 5, ("x[1,3]",))
    check_for(found, RTX, "TensorRT-RTX 1.7")
    assert not fits(found, FULL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "fp4"}, "fp4"),
        ({"tensorrt": "lite"}, "lite"),
        ({"fallback": "onnx"}, "onnx"),
        ({"optimization_level": 6}, "levels 0 to 5"),
        ({"fp32_layers": ["a"]}, "fp32_layers"),
        ({"keep_io_types": True, "precision": "int8"}, "keep_io_types"),
        ({"compute_capability": ["8.6", "8.9"], "precision": "fp8"}, "8.6 lack it"),
        ({"compute_capability": ["7.5"], "precision": "bf16"}, "7.5 lack it"),
    ],
)
def test_contradictions(options, message):
    with pytest.raises(UsageError, match=message):
        make_settings(options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "which GPUs"),
        ({"compute_capability": ["8.6"], "refit": True}, "--refit"),
        ({"compute_capability": ["8.6"], "timing_cache": "t"}, "--timing_cache"),
    ],
)
def test_what_tensorrt_rtx_asks_for(options, message):
    with pytest.raises(UsageError, match=message):
        check_for(make_settings(options), RTX, "TensorRT-RTX 1.7")


def test_the_full_tensorrt_builds_for_the_gpu_that_it_runs_on():
    with pytest.raises(UsageError, match="builds for the GPU that it runs on"):
        check_for(make_settings({"compute_capability": ["8.6"]}), FULL, "TensorRT 10.9")
    assert fits(make_settings({"refit": True, "timing_cache": "t"}), FULL)
