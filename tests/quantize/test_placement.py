import pytest

from modelwright.quantize.params import Placement, Role
from modelwright.quantize.placement import OUTPUT_READER, place
from modelwright.quantize.prepare import prepare
from modelwright.quantize.settings import PartSettings, Precision, QuantizeSettings, Scheme


@pytest.fixture
def placed(tools):
    def placed(path, **settings) -> Placement:
        model = tools.load(path)
        prepare(model)
        return place(model, QuantizeSettings(**settings))

    return placed


def names(placement, role=Role.ACTIVATION):
    return [tensor.name for tensor in placement.of_role(role)]


def tensor(placement, name):
    return next(item for item in placement.tensors if item.name == name)


def test_what_is_fused_to_a_convolution_has_no_integers_between(residual, placed):
    found = placed(residual)
    assert names(found) == ["x", "r1", "k2", "c3", "a3", "p3", "r4", "k4", "r5", "g", "f"]
    assert names(found, Role.WEIGHT) == ["c1_w", "c2_w", "c3_w", "c4_w", "c5_w", "dense_w"]
    assert names(found, Role.BIAS) == ["c1_b", "c2_b", "c3_b", "c4_b", "c5_b", "dense_b"]
    assert found.floats == ()


def test_channels_of_weights(residual, placed):
    found = placed(residual)
    assert [item.axis for item in found.of_role(Role.WEIGHT)] == [0, 0, 0, 0, 0, 1]
    assert tensor(found, "c2_b").product == ("r1", "c2_w")


def test_what_only_moves_numbers_shares_a_scale(residual, placed):
    found = placed(residual)
    assert tensor(found, "a3").group == tensor(found, "p3").group == "a3"
    assert tensor(found, "g").group == tensor(found, "f").group == "g"
    assert tensor(found, "x").group is None
    assert tensor(found, "k4").group is None
    tflite = placed(residual, target="tflite")
    assert tensor(tflite, "p3").group == tensor(tflite, "r4").group == tensor(tflite, "k4").group


def test_all_readers_of_an_integer_result_read_it(residual, placed):
    found = placed(residual)
    assert sorted(tensor(found, "r1").readers) == [("a3_node", 0), ("c2_node", 0)]
    assert sorted(tensor(found, "p3").readers) == [("c4_node", 0), ("k4_node", 0)]


def test_the_last_result_stays_float_where_the_engine_allows_it(residual, placed):
    assert "logits" not in names(placed(residual))
    found = tensor(placed(residual, target="tflite"), "logits")
    assert found.readers == (("", 0),)


def test_outputs_become_integers_where_that_is_asked(residual, placed):
    plain, asked = placed(residual), placed(residual, outputs=True)
    assert set(names(plain)) < set(names(asked))
    (last,) = set(names(asked)) - set(names(plain))
    assert (OUTPUT_READER, 0) in tensor(asked, last).readers


def test_levels(residual, placed):
    assert "a3" not in names(placed(residual, level=2))
    assert names(placed(residual, level=2))[:4] == ["x", "r1", "k2", "c3"]
    assert ("a3_node", "precision level 2 quantizes only convolutions and matrix products") in placed(
        residual, level=2
    ).floats


def test_ignored_nodes_stay_float(residual, placed):
    found = placed(residual, ignore_op_names=("c4_node",), ignore_op_types=("Gemm",))
    assert {"c4_w", "dense_w"}.isdisjoint(names(found, Role.WEIGHT))
    assert ("c4_node", "ignored as asked") in found.floats
    assert {"r4", "g", "f"}.isdisjoint(names(found)), "nothing integer makes r4, nothing takes g or f"


def test_nodes_between_float_neighbours_stay_float(tmp_path, network, placed):
    n = network()
    n.conv("x", "c", (3, 4))
    n.add("Sigmoid", ["c"], "s")
    n.add("Mul", ["c", "s"], "m")
    found = placed(n.write(tmp_path / "m.onnx", {"x": [1, 3, 8, 8]}, {"m": [1, 4, 8, 8]}))
    assert names(found) == ["x"]
    assert found.floats == (
        ("s_node", "its neighbours compute in float"),
        ("m_node", "its neighbours compute in float"),
    )


def test_residual_sums_between_normalizations_stay_float(tmp_path, network, placed):
    n = network()
    scale, bias = (n.weight(name, 8) for name in ("ln_s", "ln_b"))
    x = "x"
    for place_ in range(3):
        n.add("LayerNormalization", [x, scale, bias], f"n{place_}")
        n.add("MatMul", [f"n{place_}", n.weight(f"w{place_}", 8, 8)], f"p{place_}")
        x = n.add("Add", [x, f"p{place_}"], f"a{place_}")
    found = placed(n.write(tmp_path / "m.onnx", {"x": [1, 4, 8]}, {"a2": [1, 4, 8]}))
    assert names(found) == ["n0", "n1", "n2"]


def test_silu_is_integer_between_convolutions(tmp_path, network, placed):
    n = network()
    n.conv("x", "c", (3, 4))
    n.add("Sigmoid", ["c"], "s")
    n.add("Mul", ["c", "s"], "m")
    n.conv("m", "y", (4, 4))
    path = n.write(tmp_path / "m.onnx", {"x": [1, 3, 8, 8]}, {"y": [1, 4, 8, 8]})
    assert names(placed(path)) == ["x", "c", "s", "m"]
    assert names(placed(path, level=1)) == ["x", "c", "m"]


def test_a_bias_behind_a_matrix_product_belongs_to_it(tmp_path, network, placed):
    n = network()
    n.weight("w1", 8, 8), n.weight("w2", 8, 4), n.weight("b1", 8)
    n.add("MatMul", ["x", "w1"], "m1")
    n.add("Add", ["m1", "b1"], "a1")
    n.add("Relu", ["a1"], "r1")
    n.add("MatMul", ["r1", "w2"], "y")
    path = n.write(tmp_path / "m.onnx", {"x": ["n", 5, 8]}, {"y": ["n", 5, 4]})
    assert names(placed(path)) == ["x", "r1"]


def test_two_activations_of_a_matrix_product_are_quantized(tmp_path, network, placed):
    n = network()
    n.weight("w", 8, 8), n.weight("v", 8, 8)
    n.add("MatMul", ["x", "w"], "q")
    n.add("MatMul", ["x", "v"], "k")
    n.add("Transpose", ["k"], "t", perm=[0, 2, 1])
    n.add("MatMul", ["q", "t"], "y")
    path = n.write(tmp_path / "m.onnx", {"x": ["n", 5, 8]}, {"y": ["n", 5, 5]})
    found = placed(path)
    assert names(found) == ["x", "q", "k", "t"]
    assert tensor(found, "k").group == tensor(found, "t").group


def test_parts_have_settings_of_their_own(residual, placed):
    part = PartSettings(inputs=("p3",), outputs=("r4",), precision=Precision.INT16)
    found = placed(residual, parts=(part,))
    assert {item.name for item in found.tensors if item.scheme.dtype == "uint16"} == {"p3", "r4"}
    out = placed(residual, parts=(PartSettings(inputs=("p3",), outputs=("r4",), precision=Precision.FLOAT),))
    assert "c4_w" not in names(out, Role.WEIGHT)


def test_behind_the_cut_all_is_float(residual, placed):
    found = placed(residual, truncate_at=("k4",))
    assert names(found, Role.WEIGHT) == ["c1_w", "c2_w", "c3_w", "c4_w"]
    assert ("c5_node", "lies behind the tensors where the graph is cut") in found.floats


def test_a_weight_of_two_products_is_one_tensor(tmp_path, network, placed):
    n = network()
    n.weight("w", 4, 4, 3, 3)
    n.add("Conv", ["x", "w"], "a", pads=[1] * 4)
    n.add("Conv", ["a", "w"], "y", pads=[1] * 4)
    path = n.write(tmp_path / "m.onnx", {"x": [1, 4, 8, 8]}, {"y": [1, 4, 8, 8]})
    found = placed(path)
    assert [(item.name, item.readers) for item in found.of_role(Role.WEIGHT)] == [("w", (("a_node", 1), ("y_node", 1)))]


def test_a_delicate_node_wants_integers_from_all_sides(network, placed, tmp_path):
    n = network()
    n.conv("x", "c1", (3, 4))
    n.add("Sigmoid", ["c1"], "s1")
    n.add("Mul", ["c1", "s1"], "m1")
    n.conv("m1", "c2", (4, 4))
    n.add("Erf", ["c2"], "e2")
    n.add("Mul", ["c2", "e2"], "m2")
    n.conv("m2", "y", (4, 4))
    found = placed(n.write(tmp_path / "m.onnx", {"x": [1, 3, 8, 8]}, {"y": [1, 4, 8, 8]}))
    assert names(found) == ["x", "c1", "s1", "m1", "c2", "m2"]
    assert ("m2_node", "its neighbours compute in float") in found.floats


def test_four_bits_in_blocks_are_for_matrices(residual, placed):
    found = placed(residual, precision=Precision.WEIGHTS, weights=Scheme(dtype="int4", block=4))
    schemes = {item.name: (item.scheme.dtype, item.scheme.block, item.axis) for item in found.of_role(Role.WEIGHT)}
    assert schemes["dense_w"] == ("int4", 4, 0)
    assert schemes["c1_w"] == ("int8", 0, 0)
    assert found.of_role(Role.ACTIVATION) == ()
