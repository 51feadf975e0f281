"""Measurements, all of them ratios taken in one run.

`make bench` runs every script, `make bench ARGS=vector` one. Importing this package before NumPy limits
BLAS and OpenMP to one thread; the number of threads is fixed when NumPy loads.
"""
import os
import sys

ONE_THREAD = "numpy" not in sys.modules
if ONE_THREAD:
    for _library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{_library}_NUM_THREADS"] = "1"
