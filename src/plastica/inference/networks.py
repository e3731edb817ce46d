"""Neural posterior estimation: networks that learn where points lie, given what was measured of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from plastica.errors import not_installed
from plastica.rules.base import Floats


class Networks:
    """An ensemble of normalising flows, trained on points [N, P] and measurements [N, M]: finite numbers all."""

    def __init__(self, points: Floats, x: Floats, count: int, seed: int) -> None:
        """Raises UserError without sbi."""
        import_sbi()
        assert np.isfinite(points).all()
        assert np.isfinite(x).all()
        self._seed = seed
        with _seeded(seed) as torch:
            prior = torch.distributions.MultivariateNormal(torch.zeros(points.shape[1]), torch.eye(points.shape[1]))
            self._flows = [_trained(prior, _tensor(points), _tensor(x)) for _ in range(count)]

    def draw(self, x: Floats, count: int) -> Floats:
        """`count` points for each of N measurements, [count, N, P]; the networks take turns by chance."""
        with _seeded(self._seed + 1) as torch:
            turns = np.bincount(torch.randint(len(self._flows), (count,)).numpy(), minlength=len(self._flows))
            parts = [
                flow.sample_batched((int(turn),), x=_tensor(x), show_progress_bars=False).numpy()
                for flow, turn in zip(self._flows, turns, strict=True)
                if turn
            ]
        return np.concatenate(parts).astype(float)


def import_sbi() -> Any:
    """Raises UserError where it is not installed."""
    try:
        import sbi.inference
    except ImportError:
        raise not_installed("infer needs sbi", "sbi") from None
    return sbi.inference


def _trained(prior: Any, points: Any, x: Any) -> Any:
    trainer = import_sbi().NPE(prior, density_estimator="maf", show_progress_bars=False)
    trainer.append_simulations(points, x).train()
    return trainer.build_posterior()


def _tensor(values: Floats) -> Any:
    import torch

    return torch.as_tensor(values, dtype=torch.float32)


@contextmanager
def _seeded(seed: int) -> Iterator[Any]:
    """The random numbers of torch, begun at a seed; those of others go on as if nothing had been. One thread: so small
    a network is faster with it, and its bits are the same everywhere."""
    import torch

    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield torch
        finally:
            torch.set_num_threads(threads)
