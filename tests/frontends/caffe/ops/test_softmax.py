from caffe_checking import convert


def test_losses_are_their_activation(tmp_path):
    text = """
    input: "x" input_shape { dim: 2 dim: 3 }
    layer { name: "s" type: "SigmoidCrossEntropyLoss" bottom: "x" bottom: "target" top: "loss" }
    layer { name: "t" type: "SoftmaxWithLoss" bottom: "x" bottom: "target" }
    """
    (tmp_path / "n.prototxt").write_text(text)
    model = convert(tmp_path / "n").model
    assert [(node.op_type, node.outputs[0].name) for node in model.graph] == [("Sigmoid", "loss"), ("Softmax", "t")]
