import numpy as np

from modelwright.verify.source import Binding, from_source, to_source


def test_names_and_layouts_are_translated_both_ways():
    image = np.arange(24).reshape(1, 2, 3, 4)
    nhwc = Binding(name="x", source="input:0", perm=(0, 2, 3, 1))
    assert to_source({"x": image}, [nhwc])["input:0"].shape == (1, 3, 4, 2)
    nchw = Binding(name="y", source="out:0", perm=(0, 3, 1, 2))
    np.testing.assert_array_equal(from_source({"out:0": image}, [nchw])["y"], image.transpose(0, 3, 1, 2))
    plain = Binding(name="y", source="out:0")
    assert from_source({"out:0": image}, [plain])["y"] is image
