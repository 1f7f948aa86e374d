import json


def test_the_list(call):
    result = call("templates", "--chip", "arm", "--format", "caffemodel")
    assert result.code == 0
    assert result.out.splitlines()[1].split() == ["Caffe-To-TFLite", "arm", "Caffe", "caffemodel", "tflite"]
    assert len(json.loads(call("templates", "--json").out)) >= 47
    assert "no template fits" in call("templates", "--search", "nothing like it").out


def test_wrong_filters(call):
    result = call("templates", "--framework", "Tensorflo")
    assert result.code == 2
    assert "did you mean 'tensorflow'" in result.err


def test_show(call):
    result = call("templates", "show", "caffe-to-ascend")
    assert "insert_op_conf.cfg" in result.out
    assert "NCHW; default NCHW" in result.out
    assert "必选" in call("templates", "show", "Caffe-To-Ascend", "--lang", "zh").out
    assert json.loads(call("templates", "show", "Caffe-To-Ascend", "--json").out)["chip"] == "ascend"
    assert call("templates", "show", "Cafe-To-Ascend").code == 2
