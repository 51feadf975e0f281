"""Kernels in plain NumPy, with adjoints written by hand for numba and rewrites for JAX."""
from __future__ import annotations

from . import grids, models, sequences
from .kernel import Kernel

KERNELS: dict[str, Kernel] = {k.name: k for module in (sequences, grids, models) for k in module.KERNELS}
