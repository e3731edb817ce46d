"""Prints as JSON how long the spiking neuron takes on one thread. Usage: python benchmarks/spiking.py [--brian2]"""

import json
import sys

from plastica.bench.spiking import measure_brian2, measure_spiking

if __name__ == "__main__":
    figures = measure_spiking()
    if "--brian2" in sys.argv[1:]:
        figures |= measure_brian2()
    print(json.dumps({name: float(f"{value:.4g}") for name, value in figures.items()}, indent=2))
