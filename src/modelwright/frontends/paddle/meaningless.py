"""Attributes that say how Paddle runs an operator and not what it computes."""

from __future__ import annotations

from typing import Any, Final

from modelwright.frontends.paddle.model import PaddleOperator
from modelwright.registry import Operator

_RUNNING: Final = frozenset(
    (
        "op_role op_role_var op_namescope op_callstack op_device with_quant_attr use_mkldnn use_cudnn use_onednn "
        "use_quantizer mkldnn_data_type force_fp32_output workspace_size_MB exhaustive_search use_addto force_cpu "
        "Scale_in Scale_in_eltwise Scale_out Scale_weights Scale_x Scale_y x_data_format y_data_format is_sparse "
        "sparse is_distributed remote_prefetch trainer_id entry_config entry table_class table_names epmap "
        "height_sections grad_inplace slot out_threshold quantization_type activation_bits weight_bits skip_quant "
        "quant_axis_weights Input_scale X_scale Y_scale Filter_scale enable_int8 __inference__ op_uid recompute_id "
        "op_dist_attr use_calc_stream is_test deepcopy place is_first_step struct_name stop_gradient is_persistable "
        "infer_flags stable numeric_stable_mode use_tf32 data_format_ persistable trainable_statistics"
    ).split()
)
_FUSED: Final = (
    "fuse_relu fuse_brelu fuse_brelu_threshold fuse_activation fuse_alpha fuse_beta fuse_residual_connection "
    "fuse_relu_before_depthwise_conv fuse_with_relu fused_reshape_X fused_reshape_Y fused_reshape_Out "
    "fused_transpose_X fused_transpose_Y fused_transpose_Out"
).split()
_QUANTIZATION_ENDINGS: Final = ("_threshold", "@quant", "_scale_quant")


def meaningful(operator: PaddleOperator, converter: Operator) -> dict[str, Any]:
    """An operator's attributes without those of no meaning for the result and those that say "default".

    Args:
        operator: The operator.
        converter: What converts it; the attributes it declares are always kept.
    """
    return {
        name: value
        for name, value in operator.attributes.items()
        if name in converter.attributes or not _is_meaningless(name, value)
    }


def _is_meaningless(name: str, value: Any) -> bool:
    if name in _RUNNING or name.startswith(("op_", "@")) or name.endswith(_QUANTIZATION_ENDINGS):
        return True
    return name in _FUSED and value in (False, 0, 0.0, 6.0, "", [], -1, None)
