"""Gaussian datasets: the spectrum that was asked for, a random rotation and scale, and their principal vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plastica.inner.keys import Key
from plastica.inner.rate.gaussian import GaussianData, Geometric, Leading, Linear


@pytest.mark.parametrize(
    ("spectrum", "inputs", "values"),
    [
        (Linear(), 1, [1.0]),
        (Linear(), 2, [1.0, 0.5]),
        (Linear(), 4, [1.0, 0.5, 0.3, 0.1]),
        (Geometric(first=2, ratio=0.5), 3, [2, 1, 0.5]),
        (Leading(leading=(3, 2), rest=0.1), 4, [3, 2, 0.1, 0.1]),
        (Leading(leading=(3, 2), rest=0.1), 1, [3]),
        ((2.0, 1.0, 0.5), 3, [2, 1, 0.5]),
    ],
)
def test_spectra_have_a_variance_for_each_input(spectrum, inputs, values):
    """Named shapes fit any number of inputs, a list just its own."""
    np.testing.assert_allclose(GaussianData(spectrum=spectrum).eigenvalues(inputs), values)


def test_samples_have_the_spectrum_in_any_direction():
    """With many samples, the variances along the principal axes are the spectrum, and the mean is zero."""
    data = GaussianData(batch=2000, batches=20, spectrum=(2.0, 1.0, 0.25), scale=(1.0, 1.0))
    stimuli = data.draw(Key(1, "search"), 3)
    assert stimuli.samples.shape == (20, 2000, 3)
    samples = stimuli.samples.reshape(-1, 3)
    np.testing.assert_allclose(stimuli.variance, [2, 1, 0.25], rtol=0.03)
    np.testing.assert_allclose(samples.mean(axis=0), 0, atol=0.03)
    along = samples @ stimuli.principal.T
    np.testing.assert_allclose((along**4).mean(axis=0) / stimuli.variance**2, 3, rtol=0.1)  # Gaussian


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_principal_vectors_are_those_of_the_samples(seed, inputs):
    """Orthonormal, largest variance first, and they make the covariance of these very samples diagonal."""
    stimuli = GaussianData(batch=40, batches=2).draw(Key(seed, "search"), inputs)
    samples = stimuli.samples.reshape(-1, inputs)
    np.testing.assert_allclose(stimuli.principal @ stimuli.principal.T, np.eye(inputs), atol=1e-12)
    covariance = stimuli.principal @ (samples.T @ samples / len(samples)) @ stimuli.principal.T
    np.testing.assert_allclose(covariance, np.diag(stimuli.variance), atol=1e-12)
    assert (np.diff(stimuli.variance) <= 0).all()


def test_rotations_are_even_over_all_directions():
    """The first principal vector points anywhere: its mean is zero, its second moments are those of a sphere."""
    data = GaussianData(batch=200, batches=1, spectrum=(10.0, 1.0, 0.1))
    vectors = np.array(
        [stimuli.principal[0] for stimuli in data.draw_together([Key(1, "search", 0, k) for k in range(400)], 3)]
    )
    np.testing.assert_allclose(vectors.T @ vectors / len(vectors), np.eye(3) / 3, atol=0.08)


def test_the_scale_is_one_number_a_dataset():
    """Spectra keep their proportions, and their sizes fill the interval; [1, 1] is no scale at all."""
    data = GaussianData(batch=2000, batches=5, spectrum=(1.0, 0.5), scale=(0.5, 2.0))
    variances = np.array(
        [stimuli.variance for stimuli in data.draw_together([Key(1, "search", 0, k) for k in range(60)], 2)]
    )
    np.testing.assert_allclose(variances[:, 0] / variances[:, 1], 2, rtol=0.1)
    assert 0.45 < variances[:, 0].min() < 0.7
    assert 1.7 < variances[:, 0].max() < 2.1
    assert 1.05 < variances[:, 0].mean() < 1.45


def test_a_listed_spectrum_of_another_length_is_refused():
    """The sentence names both keys."""
    with pytest.raises(ValueError, match=r"data\.spectrum lists 2 variances for network\.inputs = 3"):
        GaussianData(spectrum=(1.0, 0.5)).draw(Key(1, "search"), 3)


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 6))
def test_datasets_together_are_those_one_by_one(seed, inputs, count):
    """Bit for bit, in whatever company."""
    data, keys = GaussianData(batch=17, batches=3), [Key(seed, "search", 0, k) for k in range(count)]
    for key, stimuli in zip(keys, data.draw_together(keys, inputs), strict=True):
        alone = data.draw(key, inputs)
        for name in ("samples", "principal", "variance"):
            np.testing.assert_array_equal(getattr(stimuli, name), getattr(alone, name))
