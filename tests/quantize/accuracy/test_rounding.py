import numpy as np

from modelwright.quantize.accuracy.rounding import choose_rounding, output_errors


def correlated(generator, rows, size, groups=1):
    basis = generator.normal(size=(size, max(size // 4, 1)))
    x = np.maximum(generator.normal(size=(groups, rows, basis.shape[1])) @ basis.T, 0)
    return (x + 0.2 * generator.normal(size=x.shape)).astype(np.float32)


def moments_of(x):
    centered = x - x.mean(axis=1, keepdims=True)
    return (centered.transpose(0, 2, 1) @ centered / x.shape[1]).astype(np.float32)


def test_outputs_err_less_on_other_data():
    generator = np.random.default_rng(0)
    x = correlated(generator, 4000, 96)
    known, other = moments_of(x[:, :2000]), moments_of(x[:, 2000:])
    units = generator.normal(size=(1, 32, 96)) * 20
    nearest = np.rint(units)
    chosen = choose_rounding(units, known, low=-128, high=127, sweeps=10)
    assert np.all(np.abs(chosen - units) < 1)
    assert output_errors(chosen - units, other).sum() < 0.6 * output_errors(nearest - units, other).sum()


def test_best_of_all_choices_for_few_weights():
    generator = np.random.default_rng(1)
    moments = moments_of(correlated(generator, 500, 6))
    units = generator.normal(size=(1, 1, 6)) * 3
    lows = np.floor(units)
    every = [lows + np.array([number >> bit & 1 for bit in range(6)]) for number in range(64)]
    least = min(float(output_errors(choice - units, moments).sum()) for choice in every)
    found = float(output_errors(choose_rounding(units, moments, low=-128, high=127, sweeps=20) - units, moments).sum())
    nearest = float(output_errors(np.rint(units) - units, moments).sum())
    assert least <= found <= nearest
    assert found < 2 * least


def test_limits_and_groups_hold():
    generator = np.random.default_rng(2)
    moments = moments_of(correlated(generator, 300, 9, groups=5))
    units = generator.normal(size=(5, 2, 9)) * 6
    chosen = choose_rounding(units, moments, low=-8, high=7, sweeps=5)
    assert chosen.min() >= -8
    assert chosen.max() <= 7
    for group in range(5):
        alone = choose_rounding(units[group : group + 1], moments[group : group + 1], low=-8, high=7, sweeps=5)
        np.testing.assert_array_equal(chosen[group], alone[0])


def test_no_sweeps_is_nearest():
    units = np.array([[[0.4, -1.6, 2.5]]])
    np.testing.assert_array_equal(choose_rounding(units, np.eye(3)[None], low=-8, high=7, sweeps=0), [[[0, -2, 2]]])
