"""How fast the kernels are on this machine, on one thread; measured here, never in a timed test."""

from typing import Any


def measure() -> dict[str, Any]:
    """All figures as nested numbers; the product of two matrices is measured in the same run, to compare machines."""
    from plastica.bench.formulas import rate_formula_figures, spiking_formula_figures
    from plastica.bench.gradient import gradient_figures
    from plastica.bench.rate import matmul_gflops, rate_figures
    from plastica.bench.recurrent import recurrent_figures
    from plastica.bench.spiking import measure_brian2, measure_spiking
    from plastica.bench.stepwise import stepwise_figures
    from plastica.inner.one_thread import one_thread

    with one_thread():
        spiking = {**measure_spiking(), "formulas": spiking_formula_figures(), **measure_brian2()}
        rate = {**rate_figures(), "formulas": rate_formula_figures(), "exact_gradient": gradient_figures()}
        figures = {"rate": rate, "stepwise": stepwise_figures(), "spiking": spiking, "recurrent": recurrent_figures()}
        return {**figures, "matmul_gflops": matmul_gflops()}
