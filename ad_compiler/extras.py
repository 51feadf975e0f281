"""Libraries that a user may not have: the extras of `pyproject.toml`."""
from __future__ import annotations

from importlib import import_module
from typing import Any


def scipy_module(name: str, what: str) -> Any:
    """A module of SciPy by its name there, for `what` the user asked for.

    Raises ModuleNotFoundError with the command that installs it where SciPy is missing.
    """
    try:
        return import_module(f"scipy.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "scipy":
            raise
        raise ModuleNotFoundError(f"{what} needs SciPy, which is not installed: `pip install ad-compiler[scipy]`",
                                  name=error.name) from error
