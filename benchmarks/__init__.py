"""Measurements, all of them ratios taken in one run.

`make bench` runs every script, `make bench ARGS=vector` one. Importing this package before NumPy limits
BLAS and OpenMP to one thread, and switches the disk cache off; the number of threads is fixed when NumPy loads.
"""
import os
import sys

# What is measured is compiling and running, not the disk cache; `second_process` measures that, in a folder of its own.
os.environ["AD_COMPILER_CACHE"] = "off"

ONE_THREAD = "numpy" not in sys.modules
if ONE_THREAD:
    for _library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{_library}_NUM_THREADS"] = "1"
