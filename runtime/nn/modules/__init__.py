"""`torch.nn.modules`: the layers again, and the hooks that run for every module."""
from runtime.nn import *  # noqa: F403  the same names
from runtime.nn.modules import module

__all__ = ["module"]
