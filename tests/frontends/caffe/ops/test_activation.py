from caffe_checking import check_case, parametrize_cases


@parametrize_cases("activation")
def test_layers_compute_what_caffe_does(name, tmp_path):
    check_case("activation", name, tmp_path)
