from caffe_checking import check_case, parametrize_cases


@parametrize_cases("elementwise")
def test_layers_compute_what_caffe_does(name, tmp_path):
    check_case("elementwise", name, tmp_path)
