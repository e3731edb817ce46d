"""Whitened mixtures of independent sources: unit covariance, sources along the directions that are given, bad sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plastica.config import load
from plastica.errors import UserError
from plastica.inner.keys import Key
from plastica.inner.rate.sources import SourceData


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_these_very_samples_are_white(seed, inputs):
    """Zero mean, unit covariance: no second moment tells a direction from another."""
    stimuli = SourceData(batch=40, batches=2).draw(Key(seed, "search"), inputs)
    samples = stimuli.samples.reshape(-1, inputs)
    np.testing.assert_allclose(samples.mean(axis=0), 0, atol=1e-7)
    np.testing.assert_allclose(samples.T @ samples / len(samples), np.eye(inputs), atol=1e-6)
    np.testing.assert_array_equal(stimuli.variance, np.ones(inputs))


def test_along_each_direction_lies_one_source():
    """Even between -sqrt(3) and sqrt(3), with a sharp end; along any other direction sources add up beyond it."""
    stimuli = SourceData(batch=2000, batches=10).draw(Key(1, "search"), 4)
    samples = stimuli.samples.reshape(-1, 4)
    np.testing.assert_allclose(np.linalg.norm(stimuli.principal, axis=1), 1)
    sources = samples @ stimuli.principal.T
    assert np.abs(sources).max() < 1.02 * np.sqrt(3)
    np.testing.assert_allclose((sources**4).mean(axis=0), 9 / 5, rtol=0.02)
    diagonal = sources.sum(axis=1) / 2
    assert np.abs(diagonal).max() > 1.3 * np.sqrt(3)


def test_sources_are_independent():
    """Neither they nor their squares are correlated beyond chance."""
    stimuli = SourceData(batch=2000, batches=10).draw(Key(2, "search"), 3)
    sources = stimuli.samples.reshape(-1, 3) @ stimuli.principal.T
    for power in (1, 2, 3):
        correlation = np.corrcoef(sources.T**power) - np.eye(3)
        assert np.abs(correlation).max() < 0.03


def test_directions_point_anywhere():
    """Their second moments over datasets are those of a sphere."""
    data = SourceData(batch=200, batches=1)
    directions = np.array([data.draw(Key(1, "search", 0, k), 3).principal[0] for k in range(400)])
    np.testing.assert_allclose(directions.T @ directions / len(directions), np.eye(3) / 3, atol=0.08)


def test_too_few_samples_to_whiten_are_refused():
    """In one sentence that names the three keys."""
    with pytest.raises(
        UserError, match=r"data\.batch = 3 x data\.batches = 1 samples .* network\.inputs = 3: give more"
    ):
        load("independent-components", {"data.batch": 3, "data.batches": 1})
