import math

import numpy as np

from modelwright.verify.locate.measure import align, measure


def test_equal_transposed_and_squeezed_tensors():
    a = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    assert measure(a, a).max_rel == 0
    turned = measure(a, a.transpose(0, 2, 3, 1))
    assert (turned.max_rel, turned.perm) == (0, (0, 2, 3, 1))
    assert measure(a[:, :, :1, :1], a[:, :, 0, 0]).max_rel == 0
    assert align(a, a.reshape(6, 20)) == (None, None)


def test_shapes_that_do_not_fit_are_infinitely_far():
    found = measure(np.zeros((2, 3), np.float32), np.zeros((2, 4), np.float32))
    assert (found.max_rel, found.shape_source, found.shape_model) == (math.inf, (2, 3), (2, 4))


def test_integers_booleans_and_texts_are_equal_or_not():
    assert measure(np.int64([1, 2]), np.int64([1, 2])).max_rel == 0
    assert measure(np.int64([1000, 2]), np.int64([1000, 3])).max_rel == math.inf
    assert measure(np.array([True]), np.array([False])).max_rel == math.inf
    assert measure(np.array(["a"], object), np.array(["a"], object)).max_rel == 0
    assert measure(np.array(["a"], object), np.array(["b"], object)).max_rel == math.inf


def test_nan_and_infinity_are_themselves():
    array = np.float32([np.nan, np.inf, 1])
    assert measure(array, array.copy()).max_rel == 0
    assert measure(array, np.float32([0, np.inf, 1])).max_rel == math.inf


def test_nothing_is_like_nothing():
    assert measure(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)).max_rel == 0
