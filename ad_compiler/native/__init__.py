"""Machine code: loop nests over arrays, compiled by numba."""
