"""What `plastica bench` measures of networks that JAX steps through; its numbers are the machine's."""

from plastica.bench import stepwise


def test_networks_that_jax_steps_through_are_measured_by_size(monkeypatch):
    """Each figure is a time, under the name of its network."""
    monkeypatch.setattr(stepwise, "UPDATES", 3)
    figures = stepwise.stepwise_figures()
    assert list(figures) == ["us_per_update"]
    assert list(figures["us_per_update"]) == ["3x1", "10x4"]
    assert all(0 < value < 1e6 for value in figures["us_per_update"].values())
