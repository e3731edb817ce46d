"""How kernels and their functions are compiled that only use arrays which they are lent: numba counts no references.

Such a count, of each array at each call, took longer than a row of fifty synapses. They may slice, but not make arrays.
To hand over the thirty arrays of a formula's rules took as long again: functions between a step and a row are inlined.
"""

from typing import Any

from numba import njit
from numba.core.cpu import CPUTargetOptions

_UNCOUNTED: dict[str, Any] = {"_nrt": False} if hasattr(CPUTargetOptions, "_nrt") else {}  # a private name of numba

lent = njit(nogil=True, cache=True, **_UNCOUNTED)
inlined = njit(nogil=True, cache=True, forceinline=True, **_UNCOUNTED)
