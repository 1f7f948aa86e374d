"""A strict stand-in for ``atc`` and ``omg`` in tests: it takes a command line only as their references describe it.

It reads the model for the names and shapes of its inputs and leaves a container with them, which no chip could run:
nothing that comes from here is a conversion. ``ATC_DOUBLE`` in the environment makes it misbehave in one way.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import onnx
from om_files import inout, model_def, om_file

TEXT = "input_shape input_shape_range dynamic_batch_size dynamic_image_size dynamic_dims out_nodes output_type".split()
TEXT += (
    "input_fp16_nodes is_input_adjust_hw_layout is_output_adjust_hw_layout optypelist_for_implmode aicore_num".split()
)
TEXT += "auto_tune_mode enable_scope_fusion_passes debug_dir op_compiler_cache_dir mdl_bank_path op_bank_path".split()
FILES = (
    "insert_op_conf op_precision_mode fusion_switch_file keep_dtype customize_dtypes modify_mixlist op_name_map".split()
)
FILES += ["compress_weight_conf", "compression_optimize_conf"]
CHOICES = {
    "framework": "0 1 3 5",
    "input_format": "NCHW NHWC ND NCDHW NDHWC",
    "precision_mode": "force_fp16 force_fp32 cube_fp16in_fp32out allow_mix_precision allow_mix_precision_fp16 "
    "allow_mix_precision_bf16 allow_fp32_to_fp16 allow_fp32_to_bf16 must_keep_origin_dtype",
    "precision_mode_v2": "fp16 origin cube_fp16in_fp32out mixed_float16 mixed_bfloat16 mixed_hif8 cube_hif8",
    "op_select_implmode": "high_precision high_performance high_precision_for_all high_performance_for_all",
    "log": "debug info warning error null",
    "disable_reuse_memory": "0 1",
    "buffer_optimize": "l1_optimize l2_optimize off_optimize",
    "enable_compress_weight": "true false",
    "enable_single_stream": "true false",
    "enable_small_channel": "0 1",
    "core_type": "AiCore VectorCore",
    "virtual_type": "0 1",
    "deterministic": "0 1",
    "op_debug_level": "0 1 2 3 4",
    "op_compiler_cache_mode": "enable disable force",
}
OMG = "framework model weight output input_shape input_format out_nodes insert_op_conf op_name_map output_type".split()
OMG += "ddk_version net_format fp16_high_prec enable_l2dynamic".split()
OMG_CHOICES = {"net_format": "ND 5D", "fp16_high_prec": "0 1", "enable_l2dynamic": "true false"}


class RefusedError(Exception):
    pass


def refuse(code, text):
    raise RefusedError(f"{code}: [PID: 4242] 2025-03-18-09:02:18.501.341 {text}")


def parse(tool, argv):
    flags = {}
    for item in argv:
        found = re.fullmatch(r"--([a-z0-9_]+)=(.+)", item, re.DOTALL)
        if found is None or found[1] in flags:
            refuse("E10001", f"Value [{item}] for parameter is invalid.")
        flags[found[1]] = found[2]
    known = OMG if tool == "omg" else ["model", "weight", "output", "soc_version", *TEXT, *FILES, *CHOICES]
    for name, value in flags.items():
        if name not in known:
            refuse("E10001", f"unknown command line flag '{name}'")
        choices = (OMG_CHOICES if tool == "omg" else CHOICES).get(name) or CHOICES.get(name)
        if choices and value not in choices.split():
            refuse("E10007", f"[--{name}] is required. The value must be {choices}.")
        if name in (*FILES, "model", "weight") and not Path(value).is_file():
            refuse("E10410", f"File [{value}] does not exist.")
    for name in ("framework", "model", "output", *(["soc_version"] if tool == "atc" else [])):
        if name not in flags:
            refuse("E10004", f"Value for [--{name}] is empty.")
    return flags


def model_inputs(flags):
    """Names, dims (None for an open one) in the model's order, and its outputs' names."""
    if flags["framework"] == "5":
        model = onnx.load(flags["model"])
        if not 8 <= model.opset_import[0].version <= 18:
            refuse(
                "E19010",
                f"No parser is registered for Op [a node, optype [ai.onnx::{model.opset_import[0].version}::X]].",
            )
        held = {item.name for item in model.graph.initializer}
        dims = {
            item.name: [dim.dim_value or None for dim in item.type.tensor_type.shape.dim]
            for item in model.graph.input
            if item.name not in held
        }
        return dims, [f"{item.name}:0" for item in model.graph.output]
    if flags["framework"] == "3":
        from modelwright.schemas.pool import load_schema

        graph = load_schema("tensorflow").message("GraphDef").FromString(Path(flags["model"]).read_bytes())
        nodes = {node.name for node in graph.node}
        for name in (item.rpartition(":")[0] for item in flags.get("out_nodes", "").split(";")):
            if name not in nodes:
                refuse("E10016", f"Opname [{name}] specified in [--out_nodes] is not found in the model.")
        return {
            node.name: [None if dim.size < 0 else dim.size for dim in node.attr["shape"].shape.dim]
            for node in graph.node
            if node.op == "Placeholder"
        }, flags["out_nodes"].split(";")
    if "weight" not in flags:
        refuse("E10008", "[--weight] is required for Caffe models.")
    text = Path(flags["model"]).read_text()
    return dict.fromkeys(re.findall(r'^input\s*:\s*"(.+?)"', text, re.MULTILINE)), flags["out_nodes"].split(";")


def shapes(flags, known):
    found = {}
    for part in flags.get("input_shape", "").split(";") if "input_shape" in flags else []:
        name, _, dims = part.rpartition(":")
        if name not in known:
            refuse("E10016", f"Opname [{name}] specified in [--input_shape] is not found in the model.")
        if not all(re.fullmatch(r"-1|[1-9]\d*|\d+~(\d+|-1)", dim) for dim in dims.split(",")):
            refuse("E10002", f"Value [{part}] for parameter [--input_shape] is invalid.")
        found[name] = dims.split(",")
    for name, dims in known.items():
        sizes = found.setdefault(name, [str(dim) if dim else "-1" for dim in dims or ()])
        for have, want in zip(dims or sizes, sizes, strict=True):
            if have is not None and str(have) != want:
                refuse("E10019", f"shape of {name} differs from the model's")
    return found


def check_gears(flags, found):
    kinds = [name for name in ("dynamic_batch_size", "dynamic_image_size", "dynamic_dims") if name in flags]
    if len(kinds) > 1:
        refuse("E10009", "[--dynamic_batch_size], [--dynamic_image_size], and [--dynamic_dims] are mutually exclusive.")
    opened = sum(dim == "-1" for dims in found.values() for dim in dims)
    if not kinds:
        return None
    kind = kinds[0]
    gears = flags[kind].split("," if kind == "dynamic_batch_size" else ";")
    if not 2 <= len(gears) <= 100 or len(set(gears)) != len(gears):
        refuse("E10036", f"[--{kind}] has {len(gears)} profiles")
    if opened == 0:
        refuse("E10012", "no dimension is -1")
    for dims in found.values():
        places = [axis for axis, dim in enumerate(dims) if dim == "-1"]
        if kind == "dynamic_batch_size" and places not in ([], [0]):
            refuse("E10018", "only N may be -1")
        axes = [1, 2] if flags["input_format"] == "NHWC" else [2, 3]
        if kind == "dynamic_image_size" and places not in ([], axes):
            refuse("E10019", "only H and W may be -1")
    if kind == "dynamic_dims":
        if flags.get("input_format") != "ND" or "insert_op_conf" in flags:
            refuse("E10049", "dynamic_dims needs ND and no insert_op_conf")
        if any(len(gear.split(",")) != opened for gear in gears):
            refuse("E10045", "each profile has one value for each -1")
    number = {"dynamic_batch_size": 1, "dynamic_image_size": 2, "dynamic_dims": 3}[kind]
    return number, [[int(size) for size in gear.split(",")] for gear in gears]


def compile_model(tool, flags):
    known, outputs = model_inputs(flags)
    found = shapes(flags, known)
    if tool == "omg" and any(not dim.isdigit() for dims in found.values() for dim in dims):
        refuse("E10019", "omg takes fixed shapes")
    gears = check_gears(flags, found)
    if "precision_mode" in flags and "precision_mode_v2" in flags:
        refuse("E10047", "precision_mode and precision_mode_v2 are mutually exclusive")
    inputs = [(name, [int(dim) if re.fullmatch(r"-?\d+", dim) else -1 for dim in dims]) for name, dims in found.items()]
    if os.environ.get("ATC_DOUBLE") == "other-inputs":
        inputs = [(f"{name}_x", dims) for name, dims in inputs]
    if os.environ.get("ATC_DOUBLE") == "other-shape":
        inputs = [(name, [dim + 1 if dim > 0 else dim for dim in dims]) for name, dims in inputs]
    if gears:
        inputs.append(("ascend_mbatch_shape_data", [1]))
    chip = os.environ.get("ATC_DOUBLE_CHIP", flags.get("soc_version", ""))
    attributes = {"soc_version": chip, "atc_version": "double", "framework_type": int(flags["framework"])}
    attributes["atc_cmdline"] = " ".join([tool, *sys.argv[1:]])
    graph = model_def(inputs, [(name, [1]) for name in outputs], attributes=attributes, gears=gears)
    return om_file([(8, inout(inputs, [])), (0, graph), (1, b"\0" * 64)])


def main():
    tool = Path(sys.argv[0]).name
    how = os.environ.get("ATC_DOUBLE", "")
    print(f"{tool.upper()} start working now, please wait for a moment.", flush=True)
    if how.startswith("log:"):
        print(Path(how[4:]).read_text())
        return 1
    if how == "sleep":
        import time

        time.sleep(600)
    try:
        data = compile_model(tool, parse(tool, sys.argv[1:]))
    except RefusedError as error:
        print(f"ATC run failed, Please check the detail log, Try '{tool} --help' for more information\n{error}")
        return 1
    output = dict(item[2:].split("=", 1) for item in sys.argv[1:])["output"]
    name = f"{output}_linux_x86_64.om" if how == "with-system" else f"{output}.om"
    if how != "no-file":
        Path(name).write_bytes(data[:-10] if how == "truncated" else data)
    Path("kernel_meta").mkdir()
    Path("kernel_meta", "te_relu.o").touch()
    Path("fusion_result.json").write_text("[]")
    if how != "no-line":
        print("ATC run success, welcome to the next use." if tool == "atc" else "OMG generate offline model success.")
    if how == "warning":
        print("W11001: Op [layer0] does not hit the high-priority operator information library.")
    return 3 if how == "exit-code" else 0


if __name__ == "__main__":
    sys.exit(main())
