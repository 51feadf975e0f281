"""Helpers that are compiled by numba already; registered where numba is installed."""

from importlib.util import find_spec

import numpy as np

from tests.programs.corpus import program

if find_spec("numba"):
    from numba import njit, prange

    @njit
    def horner(coefficients, x):
        total = 0.0
        for i in range(len(coefficients) - 1, -1, -1):
            total = total * x + coefficients[i]
        return total

    def polynomial_by_numba(coefficients, xs):
        result = 0.0
        for x in xs:
            result += np.sin(horner(coefficients, x))
        return result

    program(polynomial_by_numba, lambda r: (r.normal(size=4), r.normal(size=3)), argnums=(0, 1),
            tags="decorator njit loops negative-step")

    @njit
    def energy(x, scale):
        total = 0.0
        for i in prange(len(x)):
            total += (x[i] / scale) ** 2
        return total

    def parallel_energy_by_numba(x, scale):
        return np.sqrt(energy(x, scale)) + energy(x[1:], 2.0)

    program(parallel_energy_by_numba, lambda r: (r.normal(size=5), 0.7), argnums=(0, 1), tags="njit prange")
