import numpy as np

from modelwright.frontends.caffe.ops.proposal import base_anchors


def test_the_nine_anchors_of_faster_rcnn():
    expected = [
        [-84, -40, 99, 55], [-176, -88, 191, 103], [-360, -184, 375, 199], [-56, -56, 71, 71], [-120, -120, 135, 135],
        [-248, -248, 263, 263], [-36, -80, 51, 95], [-80, -168, 95, 183], [-168, -344, 183, 359],
    ]  # fmt: skip
    np.testing.assert_array_equal(base_anchors(16, (0.5, 1, 2), (8, 16, 32)), np.array(expected, np.float32))
