"""The statistics of the input, against the numbers that are known of it."""

import numpy as np
import pytest
from pydantic import ValidationError

from plastica.inner.keys import Key
from plastica.inner.neuron.vogels_input import VogelsInput

DT = 0.1
SECONDS = 60
STEPS = round(SECONDS * 1e3 / DT)


def trains(data, index=0, steps=STEPS):
    return data.spike_trains(steps, DT, Key(3, "search", 0, index).generator())


def rates(data, spikes):
    return np.bincount(spikes.afferent, minlength=data.excitatory + data.inhibitory) / SECONDS


@pytest.mark.parametrize(("sparsify", "expected"), [(False, 37.4), (True, 21.2)])
def test_afferents_fire_at_the_known_rates(sparsify, expected):
    data = VogelsInput(sparsify=sparsify)
    assert np.mean([rates(data, trains(data, index)).mean() for index in range(2)]) == pytest.approx(expected, rel=0.04)


def test_sparsified_bumps_leave_the_baseline():
    """Half of the bumps are gone: the rate lies halfway between the plain one and the baseline."""
    plain, baseline = VogelsInput(sparsify=False), VogelsInput(modulation_hz=0)
    half = (rates(plain, trains(plain)).mean() + rates(baseline, trains(baseline)).mean()) / 2
    sparse = np.mean([rates(VogelsInput(), trains(VogelsInput(), index)).mean() for index in range(4)])
    assert sparse == pytest.approx(half, rel=0.04)


def test_no_afferent_spikes_within_its_refractory_period():
    data = VogelsInput(sparsify=False)
    spikes = trains(data)
    order = np.lexsort((spikes.step, spikes.afferent))
    steps, afferents = spikes.step[order], spikes.afferent[order]
    intervals = np.diff(steps)[np.diff(afferents) == 0]
    assert intervals.min() == 50  # 5 ms
    assert np.mean(intervals == 50) > 1e-4


def test_homogeneous_input_is_poisson_with_dead_time():
    data = VogelsInput(modulation_hz=0, baseline_hz=20, refractory_ms=5)
    measured = rates(data, trains(data))
    expected = 20 / (1 + 20 * 5e-3)
    assert measured.mean() == pytest.approx(expected, rel=0.01)
    assert measured.std() < 1.1 * np.sqrt(expected / SECONDS)  # no afferent is preferred
    counts = np.bincount(trains(VogelsInput(modulation_hz=0, refractory_ms=0)).step, minlength=STEPS)
    assert counts.var() == pytest.approx(counts.mean(), rel=0.02)


def test_groups_wander_on_their_own_and_afferents_with_their_group():
    data = VogelsInput(sparsify=False)
    spikes = trains(data)
    bins = spikes.step // 500  # 50 ms
    group = np.where(spikes.afferent < 800, spikes.afferent // 100, 8 + (spikes.afferent - 800) // 25)
    counts = np.zeros((16, STEPS // 500))
    np.add.at(counts, (group, bins), 1)
    correlation = np.corrcoef(counts)
    assert np.diag(correlation[:8, 8:]).min() > 0.9  # inhibitory afferents follow the excitatory ones of their group
    assert np.abs(correlation[:8, :8][~np.eye(8, dtype=bool)]).max() < 0.2


def test_walk_forgets_within_tau_input():
    data = VogelsInput(groups=1, excitatory_per_group=800, inhibitory_per_group=200, sparsify=False, tau_input_ms=50)
    counts = np.bincount(trains(data).step // 50, minlength=STEPS // 50)  # 5 ms
    lagged = [np.corrcoef(counts[:-lag], counts[lag:])[0, 1] for lag in (1, 10, 40)]
    assert lagged[0] > 0.8
    assert 0.2 < lagged[1] < 0.45  # one tau; e^-1 for the walk itself, a little less for its positive part
    assert abs(lagged[2]) < 0.1


def test_spikes_follow_from_the_key_alone():
    data = VogelsInput()
    first, again, other = trains(data, 0, 5000), trains(data, 0, 5000), trains(data, 1, 5000)
    np.testing.assert_array_equal(first.afferent, again.afferent)
    np.testing.assert_array_equal(first.step, again.step)
    assert not np.array_equal(first.step, other.step)


def test_any_number_of_groups():
    data = VogelsInput(groups=19, excitatory_per_group=3, inhibitory_per_group=2)
    spikes = trains(data)
    assert set(spikes.afferent) == set(range(95))
    assert rates(data, spikes).mean() == pytest.approx(21.2, rel=0.1)


@pytest.mark.parametrize("wrong", [{"baseline_hz": 0}, {"modulation_hz": -1}, {"groups": 0}, {"tau_input_ms": -5}])
def test_values_without_meaning_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        VogelsInput(**wrong)


def test_too_many_afferents_are_refused():
    with pytest.raises(ValidationError, match="50000 afferents are too many: at most 32767"):
        VogelsInput(groups=50, excitatory_per_group=800, inhibitory_per_group=200)
