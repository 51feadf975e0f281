"""`torch.utils`: checkpointing, datasets."""
from typing import Any

from runtime.utils import checkpoint

__all__ = ["checkpoint"]


def __getattr__(name: str) -> Any:
    if name == "data":
        from importlib import import_module
        return import_module("runtime.utils.data")
    raise AttributeError(f"module 'torch.utils' has no attribute '{name}'")
