import numpy as np
from caffe_checking import convert, run

NET = """
input: "f" input_dim: 1 input_dim: 1 input_dim: 1 input_dim: 2
input: "data" input_dim: 1 input_dim: 3 input_dim: 20 input_dim: 40
layer { name: "p" type: "PriorBox" bottom: "f" bottom: "data" top: "p"
        prior_box_param { min_size: 4.9 max_size: 9.5 aspect_ratio: 4 clip: false } }
"""
FEEDS = {"f": np.zeros((1, 1, 1, 2), np.float32), "data": np.zeros((1, 3, 20, 40), np.float32)}


def test_sizes_are_whole_pixels_and_ratios_are_flipped(tmp_path):
    (tmp_path / "n.prototxt").write_text(NET)
    boxes, variances = run(convert(tmp_path / "n").model, FEEDS)["p"].reshape(2, -1, 4)
    sizes = (boxes[:, 2:] - boxes[:, :2]) * [40, 20]
    np.testing.assert_allclose(sizes[:4], [[4, 4], [6, 6], [8, 2], [2, 8]], rtol=1e-5)
    centres = (boxes[:, 2:] + boxes[:, :2]) / 2 * [40, 20]
    np.testing.assert_allclose(centres[[0, 4]], [[10, 10], [30, 10]], rtol=1e-5)
    np.testing.assert_array_equal(variances, np.float32(0.1))
