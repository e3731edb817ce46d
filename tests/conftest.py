"""What all tests share: examples drawn the same way every time, and small settings of each task."""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "plastica",
    derandomize=True,
    deadline=None,
    max_examples=20,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("plastica")


@pytest.fixture
def generator() -> np.random.Generator:
    """Random numbers that are the same in every run of a test."""
    return np.random.default_rng(20201206)
