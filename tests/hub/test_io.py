import hashlib
import os
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import onnx.checker
import onnx.helper
import onnx.numpy_helper
import onnx_ir as ir
import onnxruntime
import pytest

from modelwright.errors import InternalError, ModelFormatError, ModelNotFoundError, OutputError, UnsupportedError
from modelwright.hub import io, io_write
from modelwright.hub.io_tensors import SparseInitializer

RNG = np.random.default_rng(7)
WEIGHT = RNG.standard_normal((40, 50)).astype(np.float32)


def small_model(**kwargs) -> onnx.ModelProto:
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("MatMul", ["x", "w"], ["y"], name="mm"),
            onnx.helper.make_node("Add", ["y", "b"], ["z"], name="add"),
        ],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["N", 40])],
        [onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, ["N", 50])],
        [
            onnx.numpy_helper.from_array(WEIGHT, "w"),
            onnx.helper.make_tensor("b", onnx.TensorProto.FLOAT, [50], np.arange(50.0)),
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], **kwargs)
    model.metadata_props.add(key="author", value="me")
    model.graph.node[0].metadata_props.add(key="source", value="dense")
    return model


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "in" / "m.onnx"
    path.parent.mkdir()
    onnx.save(small_model(ir_version=8), path)
    return path


def run(path, **inputs):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, inputs)


def test_round_trip_keeps_values_names_and_metadata(source, tmp_path):
    model = io.load(source)
    (path,) = io.save(model, tmp_path / "out.onnx")
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    assert proto.producer_name == "modelwright"
    assert proto.producer_version
    assert proto.ir_version == 8
    assert [(item.key, item.value) for item in proto.metadata_props] == [("author", "me")]
    assert proto.graph.node[0].metadata_props[0].value == "dense"
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(proto.graph.initializer[0]), WEIGHT)
    x = RNG.standard_normal((3, 40)).astype(np.float32)
    np.testing.assert_array_equal(run(source, x=x)[0], run(path, x=x)[0])


def test_names_of_dimensions_are_for_inputs_and_outputs(source, tmp_path):
    model = io.load(source)
    model.graph[0].outputs[0].shape = ir.Shape(["N", 50])
    model.graph[0].outputs[0].dtype = ir.DataType.FLOAT
    (path,) = io.save(model, tmp_path / "out.onnx")
    graph = onnx.load(path).graph
    sizes = [
        [dim.WhichOneof("value") and (dim.dim_param or dim.dim_value) for dim in info.type.tensor_type.shape.dim]
        for info in (*graph.input, *graph.value_info, *graph.output)
    ]
    assert sizes == [["N", 40], [None, 50], ["N", 50]]
    assert model.graph[0].outputs[0].shape[0] == "N"


def test_large_weights_stay_in_the_mapped_file(source):
    weight = io.load(source).graph.initializers["w"].const_value.numpy()
    assert not weight.flags.owndata
    assert not weight.flags.writeable
    np.testing.assert_array_equal(weight, WEIGHT)


def test_saving_leaves_the_model_as_it_was(source, tmp_path):
    model = io.load(source)
    before = {name: value.const_value for name, value in model.graph.initializers.items()}
    version = model.ir_version
    io.save(model, tmp_path / "out.onnx")
    assert all(value.const_value is before[name] for name, value in model.graph.initializers.items())
    assert model.ir_version == version


@pytest.mark.parametrize("external", [False, True])
def test_a_model_may_overwrite_the_file_it_is_mapped_from(source, external):
    for _ in range(2):
        io.save(io.load(source), source, external_data=external)
    np.testing.assert_array_equal(io.load(source).graph.initializers["w"].const_value.numpy(), WEIGHT)
    assert len(list(source.parent.iterdir())) == 1 + external


def test_external_data_is_one_aligned_file_that_runs(source, tmp_path):
    model = io.load(source)
    big = RNG.standard_normal((300, 70)).astype(np.float32)
    model.graph.initializers["unused"] = ir.Value(
        name="unused",
        const_value=ir.tensor(big, name="unused"),
        shape=ir.Shape(big.shape),
        type=ir.TensorType(ir.DataType.FLOAT),
    )
    files = io.save(model, tmp_path / "out" / "m.onnx", external_data=True)
    assert [path.name for path in files] == ["m.onnx", "m.onnx.data"]
    proto = onnx.load(files[0], load_external_data=False)
    entries = {t.name: {e.key: e.value for e in t.external_data} for t in proto.graph.initializer}
    assert entries["w"] == {"location": "m.onnx.data", "offset": "0", "length": "8000"}
    assert entries["unused"]["offset"] == "8192"
    assert entries["b"] == {}
    x = RNG.standard_normal((3, 40)).astype(np.float32)
    np.testing.assert_array_equal(run(source, x=x)[0], run(files[0], x=x)[0])
    np.testing.assert_array_equal(io.load(files[0]).graph.initializers["unused"].const_value.numpy(), big)


def test_too_large_for_one_file_goes_outside_or_is_refused(source, tmp_path, monkeypatch):
    monkeypatch.setattr(io_write, "PROTOBUF_LIMIT", 5000)
    model = io.load(source)
    assert len(io.save(model, tmp_path / "out.onnx")) == 2
    with pytest.raises(OutputError, match="more than the 2 GiB"):
        io.save(model, tmp_path / "inline.onnx", external_data=False)
    assert not (tmp_path / "inline.onnx").exists()


def test_lazy_tensors_are_evaluated_once(source, tmp_path):
    model = io.load(source)
    calls = []

    def make():
        calls.append(1)
        return ir.tensor(WEIGHT.T.copy().T)

    model.graph.initializers["w"].const_value = ir.LazyTensor(make, ir.DataType.FLOAT, ir.Shape((40, 50)), name="w")
    io.save(model, tmp_path / "out.onnx")
    assert calls == [1]
    np.testing.assert_array_equal(io.load(tmp_path / "out.onnx").graph.initializers["w"].const_value.numpy(), WEIGHT)


def test_a_lazy_tensor_that_lies_is_an_internal_error_and_leaves_nothing(source, tmp_path):
    model = io.load(source)
    model.graph.initializers["w"].const_value = ir.LazyTensor(
        lambda: ir.tensor(WEIGHT[:3]), ir.DataType.FLOAT, ir.Shape((40, 50)), name="w"
    )
    with pytest.raises(InternalError, match="evaluates to"):
        io.save(model, tmp_path / "new" / "out.onnx")
    assert not (tmp_path / "new").exists()


ODD = [
    "bfloat16",
    "float16",
    "float8_e4m3fn",
    "float8_e5m2",
    "int4",
    "uint4",
    "float4_e2m1fn",
    "bool",
    "complex64",
    "int8",
]


@pytest.mark.parametrize("size", [(3, 5), (101, 99)])
@pytest.mark.parametrize("name", ODD)
def test_every_dtype_round_trips(tmp_path, name, size):
    dtype = np.dtype(getattr(ml_dtypes, name, name))
    array = RNG.integers(0, 2, size).astype(np.float32).astype(dtype)
    kind = ir.DataType.from_numpy(dtype)
    value = ir.Value(name="w", const_value=ir.tensor(array, name="w"), shape=ir.Shape(size), type=ir.TensorType(kind))
    node = ir.node("Identity", [value], outputs=[ir.Value(name="y", type=ir.TensorType(kind), shape=ir.Shape(size))])
    graph = ir.Graph([], node.outputs, nodes=[node], initializers=[value], opset_imports={"": 23}, name="g")
    io.save(ir.Model(graph, ir_version=4), tmp_path / "m.onnx")
    io.save(io.load(tmp_path / "m.onnx"), tmp_path / "again.onnx")
    assert (tmp_path / "m.onnx").read_bytes() == (tmp_path / "again.onnx").read_bytes()
    proto = onnx.load(tmp_path / "m.onnx")
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(proto.graph.initializer[0]), array)
    tensor = io.load(tmp_path / "m.onnx").graph.initializers["w"].const_value
    assert tensor.dtype == kind
    np.testing.assert_array_equal(tensor.numpy(), array)


def nested_model() -> onnx.ModelProto:
    big = onnx.numpy_helper.from_array(np.arange(2000, dtype=np.int64), "")
    inner = onnx.numpy_helper.from_array(np.arange(2000, dtype=np.int64) * 2, "inner_w")
    out = [onnx.helper.make_tensor_value_info("r", onnx.TensorProto.INT64, [2000])]
    then = onnx.helper.make_graph([onnx.helper.make_node("Constant", [], ["r"], value=big)], "then", [], out)
    other = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["inner_w"], ["r"])], "else", [], out, [inner])
    function = onnx.helper.make_function(
        "my",
        "Twice",
        ["a"],
        ["c"],
        [onnx.helper.make_node("Add", ["a", "a"], ["c"])],
        [onnx.helper.make_opsetid("", 17)],
    )
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("If", ["cond"], ["p"], then_branch=then, else_branch=other),
            onnx.helper.make_node("Twice", ["p"], ["q"], domain="my"),
        ],
        "g",
        [onnx.helper.make_tensor_value_info("cond", onnx.TensorProto.BOOL, [])],
        [onnx.helper.make_tensor_value_info("q", onnx.TensorProto.INT64, [2000])],
    )
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("my", 1)]
    return onnx.helper.make_model(graph, opset_imports=opsets, functions=[function], ir_version=8)


@pytest.mark.parametrize("external", [False, True])
def test_weights_in_subgraphs_attributes_and_functions(tmp_path, external):
    onnx.save(nested_model(), tmp_path / "in.onnx")
    path = io.save(io.load(tmp_path / "in.onnx"), tmp_path / "out.onnx", external_data=external)[0]
    for flag in (True, False):
        cond = np.array(flag)
        np.testing.assert_array_equal(run(tmp_path / "in.onnx", cond=cond)[0], run(path, cond=cond)[0])


def test_long_strings_and_string_tensors_are_read_back(tmp_path):
    text = "é" * 5000
    node = onnx.helper.make_node("Foo", ["x"], ["y"], domain="custom", big=text, several=[text, "b"])
    strings = onnx.helper.make_tensor("s", onnx.TensorProto.STRING, [2], [text.encode(), b"c"])
    graph = onnx.helper.make_graph(
        [node],
        "g",
        [onnx.helper.make_tensor_value_info("x", 1, [1])],
        [onnx.helper.make_tensor_value_info("y", 1, [1])],
        [strings],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("custom", 1)]), tmp_path / "m.onnx")
    io.save(io.load(tmp_path / "m.onnx"), tmp_path / "out.onnx")
    again = onnx.load(tmp_path / "out.onnx").graph
    assert {a.name: onnx.helper.get_attribute_value(a) for a in again.node[0].attribute} == {
        "big": text.encode(),
        "several": [text.encode(), b"b"],
    }
    assert list(again.initializer[0].string_data) == [text.encode(), b"c"]


def test_sparse_initializers_are_kept(tmp_path):
    values = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [2], [1.5, -2.0])
    indices = onnx.helper.make_tensor("i", onnx.TensorProto.INT64, [2], [1, 5])
    sparse = onnx.helper.make_sparse_tensor(values, indices, [2, 3])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["x", "w"], ["y"])],
        "g",
        [onnx.helper.make_tensor_value_info("x", 1, [2, 3])],
        [onnx.helper.make_tensor_value_info("y", 1, [2, 3])],
        sparse_initializer=[sparse],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "m.onnx")
    loaded = io.load(tmp_path / "m.onnx")
    tensor = loaded.graph.initializers["w"].const_value
    assert isinstance(tensor, SparseInitializer)
    np.testing.assert_array_equal(tensor.numpy(), np.float32([[0, 1.5, 0], [0, 0, -2]]))
    io.save(loaded, tmp_path / "out.onnx")
    again = onnx.load(tmp_path / "out.onnx")
    assert len(again.graph.sparse_initializer) == 1
    assert not again.graph.initializer
    x = RNG.standard_normal((2, 3)).astype(np.float32)
    np.testing.assert_array_equal(run(tmp_path / "out.onnx", x=x)[0], x + tensor.numpy())


def test_nodes_out_of_order_are_put_in_order(tmp_path):
    model = small_model()
    model.graph.node.reverse()
    model.graph.node.sort(key=lambda node: node.name)
    onnx.save(model, tmp_path / "m.onnx")
    assert [node.op_type for node in io.load(tmp_path / "m.onnx").graph] == ["MatMul", "Add"]


BAD_FILES = {
    "empty": (b"", "empty"),
    "text": (b"hello, I am not a model\n" * 9, "a text file"),
    "zip": (b"PK\x03\x04" + bytes(300), "zip archive"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(300), "HDF5"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
    "garbage": (bytes(range(256)) * 40, "m.onnx"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_files_that_are_no_models(tmp_path, kind):
    content, reason = BAD_FILES[kind]
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFormatError, match=reason) as caught:
        io.load(path)
    assert "m.onnx" in str(caught.value)


def test_every_truncation_is_an_error(source):
    data = source.read_bytes()
    for length in [*range(1, 200, 7), *range(200, len(data), 397), len(data) - 1]:
        source.write_bytes(data[:length])
        with pytest.raises(ModelFormatError, match=r"m\.onnx"):
            io.load(source)


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"nothing\.onnx"):
        io.load(tmp_path / "nothing.onnx")


def change(path: Path, edit) -> None:
    proto = onnx.load(path, load_external_data=False)
    edit(proto)
    path.write_bytes(proto.SerializeToString())


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda p: p.graph.initializer[0].dims.append(2), "needs 16000"),
        (lambda p: p.graph.initializer[0].dims.__setitem__(0, -1), "negative size"),
        (lambda p: p.graph.initializer[1].dims.append(3), "holds 50 numbers"),
        (lambda p: p.graph.initializer[1].ClearField("float_data"), "no contents"),
        (lambda p: setattr(p.graph.initializer[0], "data_type", 0), "no dtype"),
        (lambda p: setattr(p.graph.initializer[0], "data_type", 99), "contradicts|99"),
        (lambda p: p.graph.initializer.pop(1), "'b', which nothing"),
        (lambda p: p.graph.node.pop(), "list of outputs uses 'z'"),
        (lambda p: p.graph.node[0].input.__setitem__(0, "z"), "cycle"),
        (lambda p: p.ClearField("opset_import"), "names no opset"),
    ],
)
def test_contradictions_are_found_while_reading(source, edit, reason):
    change(source, edit)
    with pytest.raises(ModelFormatError, match=reason):
        io.load(source)


def test_map_types_are_refused(source):
    def edit(proto):
        proto.graph.output[0].type.map_type.key_type = 7

    change(source, edit)
    with pytest.raises(UnsupportedError, match="map types"):
        io.load(source)


def external(source: Path, location: str, **entries: int) -> None:
    def edit(proto):
        tensor = proto.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))

    change(source, edit)


def test_external_data_without_length_and_with_hard_links(source):
    data = source.with_name("w.bin")
    data.write_bytes(bytes(16) + WEIGHT.tobytes())
    os.link(data, source.with_name("second_name.bin"))
    external(source, "w.bin", offset=16)
    np.testing.assert_array_equal(io.load(source).graph.initializers["w"].const_value.numpy(), WEIGHT)


def test_missing_external_data_is_named(source):
    external(source, "gone.bin")
    with pytest.raises(ModelNotFoundError, match=r"'w'.*gone\.bin"):
        io.load(source)


def test_truncated_external_data(source):
    source.with_name("w.bin").write_bytes(WEIGHT.tobytes()[:-1])
    external(source, "w.bin")
    with pytest.raises(ModelFormatError, match="bytes 0 to 8000, the file has 7999"):
        io.load(source)


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "link.bin", ""])
def test_external_data_outside_the_folder_is_refused(source, location):
    secret = source.parent.parent / "secret.bin"
    secret.write_bytes(WEIGHT.tobytes())
    source.with_name("link.bin").symlink_to(secret)
    external(source, location)
    with pytest.raises(ModelFormatError, match=r"leads out|not a relative"):
        io.load(source)


SCRIPT = """
import sys
from modelwright.hub import io
io.save(io.load(sys.argv[1]), sys.argv[2], external_data=sys.argv[3] == "1")
"""


@pytest.mark.parametrize("external_data", ["0", "1"])
def test_same_bytes_in_other_processes_and_hash_seeds(tmp_path, external_data):
    onnx.save(nested_model(), tmp_path / "in.onnx")
    digests = set()
    for seed in ("1", "2"):
        out = tmp_path / seed / "m.onnx"
        env = dict(os.environ, PYTHONHASHSEED=seed)
        subprocess.run(
            [sys.executable, "-c", SCRIPT, tmp_path / "in.onnx", out, external_data], check=True, env=env, timeout=60
        )
        digests.add(tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.parent.iterdir())))
    assert len(digests) == 1


def test_the_default_domain_may_be_spelled_out(source):
    def edit(proto):
        proto.opset_import[0].domain = "ai.onnx"
        proto.graph.node[0].domain = "ai.onnx"

    change(source, edit)
    model = io.load(source)
    assert model.opset_imports == {"": 17}
    assert [node.domain for node in model.graph] == ["", ""]


def test_training_information_is_said_to_be_left_out(source):
    change(source, lambda proto: proto.training_info.add())
    assert "training information" in io.load(source).meta[io.REMARKS_KEY][0]


def test_metadata_of_external_tensors_is_kept(source):
    source.with_name("w.bin").write_bytes(WEIGHT.tobytes())
    external(source, "w.bin")
    change(source, lambda proto: proto.graph.initializer[0].metadata_props.add(key="k", value="v"))
    assert io.load(source).graph.initializers["w"].const_value.metadata_props == {"k": "v"}


def test_a_tensor_of_one_number_is_not_described_twice(tmp_path):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <int64[1] s = {2}> { c = ConstantOfShape (s) a = Add (x, c) y = Neg (a) }
    """
    onnx.save(onnx.parser.parse_model(text), tmp_path / "a.onnx")
    model = io.load(tmp_path / "a.onnx")
    for node in model.graph:
        node.outputs[0].dtype, node.outputs[0].shape = ir.DataType.FLOAT, ir.Shape([2])
    io.save(model, tmp_path / "b.onnx")
    assert [info.name for info in onnx.load(tmp_path / "b.onnx").graph.value_info] == ["a"]
