"""The settings of Ascend's compilers as data: what users may give, in which form, and which tool knows them.

Facts are those of ATC's reference (CANN 5 to 9) and of OMG's. Settings that say where files lie (``model``, ``weight``,
``output``, ``mode``) are no options: modelwright sets them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from modelwright.options import Option, OptionKind


class Tool(enum.StrEnum):
    """The compilers."""

    ATC = "atc"
    OMG = "omg"
    LITE = "converter_lite"


ATC: Final = (Tool.ATC,)
OMG: Final = (Tool.OMG,)
LITE: Final = (Tool.LITE,)
BOTH: Final = (Tool.ATC, Tool.OMG)

BOOLEANS: Final = ("true", "false")
DIGITS: Final = ("0", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a compiler.

    Attributes:
        name: Its flag without dashes; also the option's name.
        help: What it does.
        kind: How it is given.
        values: The values there are; empty for any.
        tools: The tools that know it as a flag of their own.
        instead: For a setting that ATC does not have any more: what to give it instead.
    """

    name: str
    help: str
    kind: OptionKind = OptionKind.TEXT
    values: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ATC
    instead: str = ""

    def known_by(self, tool: Tool) -> bool:
        """Whether a tool knows it, as a flag or as a key of its configuration file."""
        return tool in self.tools or (tool is Tool.LITE and self.name in LITE_KEYS)

    def values_for(self, tool: Tool) -> tuple[str, ...]:
        """The values that a tool takes; empty for any."""
        return LITE_VALUES.get(self.name, self.values) if tool is Tool.LITE else self.values

    @property
    def option(self) -> Option:
        """The option of the backend."""
        shown = {OptionKind.FILE: "FILE", OptionKind.INTEGER: "N"}.get(self.kind, "TEXT")
        metavar = "|".join(self.values) if 0 < len(self.values) <= 5 else shown
        return Option(name=self.name, kind=self.kind, help=self.help, metavar=metavar)


def _text(name: str, text: str, *, tools: tuple[Tool, ...] = ATC) -> Setting:
    return Setting(name=name, help=text, tools=tools)


def _file(name: str, text: str, *, tools: tuple[Tool, ...] = ATC) -> Setting:
    return Setting(name=name, help=text, kind=OptionKind.FILE, tools=tools)


def _one(name: str, values: tuple[str, ...], text: str, *, tools: tuple[Tool, ...] = ATC) -> Setting:
    return Setting(name=name, help=text, values=values, tools=tools)


def _old(name: str, values: tuple[str, ...], text: str, instead: str) -> Setting:
    return Setting(name=name, help=f"omg: {text}", values=values, tools=OMG, instead=instead)


LITE_KEYS: Final = {
    "input_format": ("ascend_context", "input_format"),
    "input_shape": ("ascend_context", "input_shape"),
    "dynamic_batch_size": ("ascend_context", "dynamic_dims"),
    "dynamic_image_size": ("ascend_context", "dynamic_dims"),
    "dynamic_dims": ("ascend_context", "dynamic_dims"),
    "precision_mode": ("ascend_context", "precision_mode"),
    "op_select_implmode": ("ascend_context", "op_select_impl_mode"),
    "output_type": ("ascend_context", "output_type"),
    "fusion_switch_file": ("ascend_context", "fusion_switch_config_file_path"),
    "insert_op_conf": ("ascend_context", "insert_op_config_file_path"),
    "plugin_custom_ops": ("ascend_context", "plugin_custom_ops"),
    "soc_version": ("acl_init_options", "ge.socVersion"),
    "core_type": ("acl_init_options", "ge.engineType"),
    "buffer_optimize": ("acl_init_options", "ge.bufferOptimize"),
    "enable_compress_weight": ("acl_init_options", "ge.enableCompressWeight"),
    "compress_weight_conf": ("acl_init_options", "compress_weight_conf"),
    "disable_reuse_memory": ("acl_init_options", "ge.exec.disableReuseMemory"),
    "enable_single_stream": ("acl_init_options", "ge.enableSingleStream"),
    "aicore_num": ("acl_init_options", "ge.aicoreNum"),
    "enable_small_channel": ("acl_init_options", "ge.enableSmallChannel"),
    "optypelist_for_implmode": ("acl_init_options", "ge.optypelistForImplmode"),
    "op_compiler_cache_mode": ("acl_init_options", "ge.op_compiler_cache_mode"),
    "op_compiler_cache_dir": ("acl_init_options", "ge.op_compiler_cache_dir"),
    "op_debug_level": ("acl_init_options", "ge.opDebugLevel"),
    "debug_dir": ("acl_init_options", "ge.debugDir"),
    "modify_mixlist": ("acl_init_options", "ge.exec.modify_mixlist"),
    "sparsity": ("acl_init_options", "ge.enableSparseMatrixWeight"),
    "deterministic": ("acl_init_options", "ge.deterministic"),
    "host_env_os": ("acl_init_options", "ge.host_env_os"),
    "host_env_cpu": ("acl_init_options", "ge.host_env_cpu"),
    "virtual_type": ("acl_init_options", "ge.virtual_type"),
    "compression_optimize_conf": ("acl_init_options", "ge.compressionOptimizeConf"),
    "op_name_map": ("acl_build_options", "op_name_map"),
    "out_nodes": ("acl_build_options", "ge.outputNodeName"),
    "input_fp16_nodes": ("acl_build_options", "ge.INPUT_NODES_SET_FP16"),
    "log": ("acl_build_options", "log"),
    "mdl_bank_path": ("acl_build_options", "ge.mdl_bank_path"),
    "op_bank_path": ("acl_build_options", "ge.op_bank_path"),
    "op_precision_mode": ("acl_build_options", "ge.exec.op_precision_mode"),
}
"""Section and key of ``converter_lite``'s configuration file for each setting that it has (MindSpore Lite 2.x)."""

LITE_VALUES: Final = {
    "precision_mode": ("enforce_fp16", "enforce_fp32", "preferred_fp32", "enforce_origin", "preferred_optimal"),
    "input_format": ("NCHW", "NHWC", "ND"),
    "op_select_implmode": ("high_performance", "high_precision"),
    "log": ("debug", "info", "warning", "error"),
}
"""Values of settings where ``converter_lite`` has others than ATC."""

PRECISION_MODES: Final = (
    "force_fp16",
    "force_fp32",
    "cube_fp16in_fp32out",
    "allow_mix_precision",
    "allow_mix_precision_fp16",
    "allow_mix_precision_bf16",
    "allow_fp32_to_fp16",
    "allow_fp32_to_bf16",
    "must_keep_origin_dtype",
)
PRECISION_MODES_V2: Final = (
    "fp16",
    "origin",
    "cube_fp16in_fp32out",
    "mixed_float16",
    "mixed_bfloat16",
    "mixed_hif8",
    "cube_hif8",
)
IMPLEMENTATION_MODES: Final = (
    "high_precision",
    "high_performance",
    "high_precision_for_all",
    "high_performance_for_all",
)

SETTINGS: Final = (
    _text("soc_version", "the chip: Ascend310, Ascend310P3, Ascend310B4, Ascend910B3, ..."),
    _text("input_shape", 'shapes of inputs, "name:1,3,224,224;other:1,10"; -1 where gears or a~b say', tools=BOTH),
    _text("input_shape_range", 'ranges of inputs, "name:[1~8,3,224,-1]" (older ATC)'),
    _text("dynamic_batch_size", 'gears of the batch, "1,2,4,8"; the first dimension of --input_shape is -1'),
    _text("dynamic_image_size", 'gears of height and width, "416,416;832,832"; both are -1 in --input_shape'),
    _text("dynamic_dims", 'gears of any dimensions, "1,64;8,64": a value for each -1 of --input_shape'),
    _one("input_format", ("NCHW", "NHWC", "ND", "NCDHW", "NDHWC"), "layout of the inputs", tools=BOTH),
    _file("insert_op_conf", "preprocessing on the chip (AIPP), as a file of your own", tools=BOTH),
    _one("precision_mode", PRECISION_MODES, "precision (default force_fp16; converter_lite: enforce_fp16, ...)"),
    _one("precision_mode_v2", PRECISION_MODES_V2, "precision of the network, newer names"),
    _file("op_precision_mode", "precision of operators, from a file"),
    _one("op_select_implmode", IMPLEMENTATION_MODES, "implementation of operators"),
    _text("optypelist_for_implmode", "operator types that --op_select_implmode is for: Pooling,SoftmaxV2"),
    _text("output_type", 'element type of outputs: FP32, FP16, UINT8, INT8, or "node:0:FP16;..."', tools=BOTH),
    _text("input_fp16_nodes", 'inputs that take float16, "data;data2"'),
    _text("is_input_adjust_hw_layout", "whether each of --input_fp16_nodes takes NC1HWC0: true,false"),
    _text("is_output_adjust_hw_layout", "whether each of --out_nodes gives float16 NC1HWC0: true,false"),
    _text("out_nodes", 'outputs and their order, "node:0;node:1"', tools=BOTH),
    _file("fusion_switch_file", "fusion rules that are switched off, from a file"),
    _one("log", ("debug", "info", "warning", "error", "null"), "level of the log"),
    _one("disable_reuse_memory", DIGITS, "1: no memory is used twice"),
    _one("buffer_optimize", ("l1_optimize", "l2_optimize", "off_optimize"), "where data stay between operators"),
    _file("keep_dtype", "operators that keep their precision, from a file"),
    _file("customize_dtypes", "precision of operators' inputs and outputs, from a file"),
    _file("modify_mixlist", "lists of operators for mixed precision, from a file"),
    _file("op_name_map", "Caffe: mapping of layer types to custom operators, from a file", tools=BOTH),
    _one("enable_compress_weight", BOOLEANS, "compress all weights"),
    _file("compress_weight_conf", "operators whose weights are compressed, from a file"),
    _file("compression_optimize_conf", "calibration and compression, from a file"),
    _text("auto_tune_mode", "tuning while compiling, older ATC: RL, GA or RL,GA"),
    _one("enable_small_channel", DIGITS, "1: first convolutions of few channels run faster, with AIPP"),
    _one("enable_single_stream", BOOLEANS, "one stream only"),
    _text("enable_scope_fusion_passes", "TensorFlow: fusion rules for scopes that are switched on: A,B"),
    _text("aicore_num", "number of cores the model is compiled for"),
    _one("core_type", ("AiCore", "VectorCore"), "kind of core"),
    _one("virtual_type", DIGITS, "1: for virtual devices"),
    _one("sparsity", DIGITS, "1: weights are 4:2 structured sparse"),
    _one("deterministic", DIGITS, "1: the same results at every run"),
    _one("host_env_os", ("linux",), "operating system of the device's host"),
    _one("host_env_cpu", ("x86_64", "aarch64"), "processor of the device's host"),
    _one("op_compiler_cache_mode", ("enable", "disable", "force"), "cache of compiled operators"),
    _text("op_compiler_cache_dir", "folder of that cache, on the machine that compiles"),
    _one("op_debug_level", ("0", "1", "2", "3", "4"), "what operators' compilation leaves behind"),
    _text("debug_dir", "folder for that, on the machine that compiles"),
    _text("mdl_bank_path", "folder of tuned graphs, on the machine that compiles"),
    _text("op_bank_path", "folder of tuned operators, on the machine that compiles"),
    _one("save_original_model", BOOLEANS, "Caffe: also write the model as json"),
    _one("quant_dumpable", DIGITS, "1: inputs and outputs of quantization can be dumped"),
    _one("tiling_schedule_optimize", DIGITS, "1: tiling is computed on the device"),
    _one("oo_level", ("O1", "O3"), "level of graph optimization"),
    Setting(
        name="optimize",
        help="converter_lite: what the model is optimized for (default ascend_oriented)",
        values=("none", "general", "ascend_oriented"),
        tools=LITE,
    ),
    Setting(name="device", help="converter_lite 2.0: the device", values=("Ascend",), tools=LITE),
    Setting(name="NoFusion", help="converter_lite 2.0: whether operators are not fused", values=BOOLEANS, tools=LITE),
    Setting(
        name="plugin_custom_ops",
        help="converter_lite: whether operators are fused to custom ones",
        values=("All", "None"),
        tools=LITE,
    ),
    Setting(name="ddk_version", help="omg: version of the kit", tools=OMG, instead="leave it out: ATC is its own kit"),
    _old(
        "net_format",
        ("ND", "5D"),
        "layout that operators prefer",
        "give --input_format ND, or leave it out: ATC chooses layouts itself",
    ),
    _old(
        "fp16_high_prec",
        DIGITS,
        "1: precise float16",
        "give --op_select_implmode high_precision",
    ),
    _old(
        "enable_l2dynamic",
        BOOLEANS,
        "keep data in the second buffer",
        "give --buffer_optimize l2_optimize (true) or off_optimize (false)",
    ),
)
"""All settings, in the order in which they are given to a tool."""

SETTING_NAMES: Final = tuple(setting.name for setting in SETTINGS)


def setting_named(name: str) -> Setting:
    """The setting of that name, which there must be."""
    return next(setting for setting in SETTINGS if setting.name == name)
