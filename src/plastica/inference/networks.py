"""Neural posterior estimation: networks that learn where points lie, given what was measured of them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np

from plastica.errors import not_installed
from plastica.rules.base import Floats

RATE, PATIENCE = 1e-3, 20  # of learning; epochs without a gain, after which it ends
AT_ONCE = 100_000  # points that are drawn


class Networks:
    """An ensemble of mixture density networks, trained on points [N, P] and measurements [N, M]: finite numbers all."""

    def __init__(self, points: Floats, x: Floats, count: int, seed: int) -> None:
        """Raises UserError without sbi."""
        import_sbi()
        assert np.isfinite(points).all()
        assert np.isfinite(x).all()
        self._seed = seed
        with _seeded(seed) as torch:
            prior = torch.distributions.MultivariateNormal(torch.zeros(points.shape[1]), torch.eye(points.shape[1]))
            self._members = [_trained(prior, _tensor(points), _tensor(x)) for _ in range(count)]

    def draw(self, x: Floats, count: int) -> Floats:
        """`count` points for each of N measurements, [count, N, P]; the networks take turns by chance."""
        with _seeded(self._seed + 1) as torch:
            turns = np.bincount(torch.randint(len(self._members), (count,)).numpy(), minlength=len(self._members))
            options = {"x": _tensor(x), "max_sampling_batch_size": max(1, AT_ONCE // len(x))}
            parts = [
                member.sample_batched((int(turn),), show_progress_bars=False, **options).numpy()
                for member, turn in zip(self._members, turns, strict=True)
                if turn
            ]
        return np.concatenate(parts).astype(float)

    def log_density(self, points: Floats, x: Floats) -> Floats:
        """Of points [N, P] where each of J measurements [J, M] and every network is as likely as another, [N]."""
        with _seeded(self._seed):
            at, given = _tensor(points)[:, None], _tensor(x)
            logs = [
                member.log_prob_batched(at.expand(-1, len(x), -1), given, norm_posterior=False).detach().numpy()
                for member in self._members
            ]
        every = np.concatenate(logs, axis=1).astype(float)
        return np.logaddexp.reduce(every, axis=1) - np.log(every.shape[1])


class _Silent:
    """Keeps nothing of a training: the tracker that sbi takes by itself writes into the working directory."""

    log_dir: None = None

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        return

    def flush(self) -> None:
        return


def import_sbi() -> Any:
    """Raises UserError where it is not installed."""
    try:
        import sbi.inference
    except ImportError:
        raise not_installed("infer needs sbi", "sbi") from None
    return sbi.inference


def _trained(prior: Any, points: Any, x: Any) -> Any:
    trainer = import_sbi().NPE(prior, density_estimator="mdn", show_progress_bars=False, tracker=_Silent())
    with redirect_stdout(io.StringIO()):  # which tells of epochs
        trainer.append_simulations(points, x).train(learning_rate=RATE, stop_after_epochs=PATIENCE)
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
