"""Anomaly detection: where a gradient became NaN, and where the operation was recorded."""
from __future__ import annotations

import traceback
import warnings
from typing import Any

import numpy as np

from runtime.core import Node, Recorded
from runtime.grad_mode import LOCAL, count_special, refresh
from runtime.observers import aligned
from runtime.pieces import Piece

ENABLED = ("Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
           "debugging.")


def _set(mode: bool, check_nan: bool) -> None:
    if mode != LOCAL.anomaly:
        count_special(1 if mode else -1)
    LOCAL.anomaly, LOCAL.check_nan = mode, check_nan
    refresh()


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return LOCAL.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode looks for NaN in this thread."""
    return LOCAL.check_nan


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode of this thread."""
    _set(mode, check_nan)


class set_detect_anomaly:
    """Switch anomaly mode at once; as a context manager, back again at exit."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = LOCAL.anomaly, LOCAL.check_nan
        _set(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        _set(*self._before)


class detect_anomaly:
    """Inside, a backward that makes NaN raises, and shows the line whose operation made it."""

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        self._before = LOCAL.anomaly, LOCAL.check_nan
        warnings.warn(ENABLED, stacklevel=2)

    def __enter__(self) -> None:
        self._before = LOCAL.anomaly, LOCAL.check_nan
        _set(True, self._check_nan)

    def __exit__(self, *exc: object) -> None:
        _set(*self._before)


def remember_place(node: Node) -> None:
    """Keep the stack of the line that records `node`, and which backward records it."""
    extra = node._extra()
    extra.metadata["traceback_"] = [line for line in traceback.format_stack()[:-1] if "/runtime/" not in line]
    extra.parent = LOCAL.evaluating


def report(node: Node | None) -> None:
    """Warn with the stack of the line that recorded the node that failed."""
    if node is None:
        return
    stack = node.metadata.get("traceback_")
    if not stack:
        warnings.warn(f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly "
                      f"during "
                      "forward pass for more information.", stacklevel=2)
        return
    message = f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{''.join(stack)}"
    warnings.warn(message, stacklevel=2)


def check_gradients(node: Node, r: Any) -> None:
    """Raise RuntimeError if the node made a NaN."""
    if not LOCAL.check_nan:
        return
    for index, g in enumerate(aligned(node, r)):
        if g is None:
            continue
        a = g.dense() if type(g) is Piece else g._data if isinstance(g, Recorded) else g
        if np.isnan(a).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {index}th output.")
