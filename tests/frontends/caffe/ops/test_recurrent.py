from caffe_checking import check_case, parametrize_cases


@parametrize_cases("recurrent")
def test_layers_compute_what_caffe_does(name, tmp_path):
    check_case("recurrent", name, tmp_path)
