"""Tensors as text, laid out as torch lays them out."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime import dtypes
from runtime.dtypes import of
from runtime.grad_mode import LOCAL


@dataclass
class Options:
    """How tensors print; see `set_printoptions`."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = Options()
PROFILES = {"default": Options(), "short": Options(precision=2, edgeitems=2), "full": Options(threshold=math.inf)}


def set_printoptions(precision: int | None = None, threshold: float | None = None, edgeitems: int | None = None,
                     linewidth: int | None = None, profile: str | None = None, sci_mode: bool | None = None) -> None:
    """Digits, the size from which tensors are summarised, how much of them is shown, and the line width."""
    if profile is not None:
        chosen = PROFILES[profile]
        OPTIONS.precision, OPTIONS.threshold = chosen.precision, chosen.threshold
        OPTIONS.edgeitems, OPTIONS.linewidth = chosen.edgeitems, chosen.linewidth
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(OPTIONS, name, value)
    OPTIONS.sci_mode = sci_mode


class Elements:
    """Formats the elements of one tensor, all to one width."""

    def __init__(self, a: np.ndarray) -> None:
        self.floats = a.dtype.kind == "f"
        self.whole, self.scientific, self.width = True, False, 1
        if not self.floats:
            self.width = max((len(str(v)) for v in a.ravel().tolist()), default=1)
            return
        flat = a.ravel().astype(np.float64)
        shown = flat[np.isfinite(flat) & (flat != 0)]
        if shown.size:
            low, high = float(np.min(np.abs(shown))), float(np.max(np.abs(shown)))
            self.whole = bool(np.all(shown == np.ceil(shown)))
            self.scientific = high / low > 1000.0 or high > 1.0e8 or (not self.whole and low < 1.0e-4)
        if OPTIONS.sci_mode is not None:
            self.scientific = OPTIONS.sci_mode
        self.width = max((len(self.number(v)) for v in shown.tolist()), default=1)

    def number(self, v: float) -> str:
        """A float without padding."""
        if self.scientific:
            return f"{v:.{OPTIONS.precision}e}"
        if self.whole:
            return f"{v:.0f}" + ("." if math.isfinite(v) else "")
        return f"{v:.{OPTIONS.precision}f}"

    def __call__(self, v: Any) -> str:
        return (self.number(v) if self.floats else str(v)).rjust(self.width)


class ComplexElements:
    """Formats complex elements: two formats, one for each part."""

    def __init__(self, a: np.ndarray) -> None:
        self.real, self.imag = Elements(a.real), Elements(a.imag)
        self.width = self.real.width + self.imag.width + 1

    def __call__(self, v: complex) -> str:
        imaginary = (self.imag(v.imag) + "j").lstrip()
        return self.real(v.real) + ("" if imaginary[0] in "+-" else "+") + imaginary


def _edges(a: np.ndarray) -> np.ndarray:
    """The part of a large array that is shown."""
    n = OPTIONS.edgeitems
    for axis, length in enumerate(a.shape):
        if length > 2 * n:
            keep = list(range(n)) + list(range(length - n, length))
            a = np.take(a, keep, axis)
    return a


def _vector(a: np.ndarray, indent: int, summarise: bool, show: Any) -> str:
    per_line = max(1, (OPTIONS.linewidth - indent) // (show.width + 2))
    n = OPTIONS.edgeitems
    values = a.tolist()
    if summarise and len(values) > 2 * n:
        items = [show(v) for v in values[:n]] + [" ..."] + [show(v) for v in values[len(values) - n:]]
    else:
        items = [show(v) for v in values]
    lines = [", ".join(items[k:k + per_line]) for k in range(0, len(items), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _nested(a: np.ndarray, indent: int, summarise: bool, show: Any) -> str:
    if a.ndim == 0:
        return show(a.item())
    if a.ndim == 1:
        return _vector(a, indent, summarise, show)
    n = OPTIONS.edgeitems
    if summarise and len(a) > 2 * n:
        parts = [_nested(row, indent + 1, summarise, show) for row in a[:n]] + ["..."] + [
            _nested(row, indent + 1, summarise, show) for row in a[len(a) - n:]]
    else:
        parts = [_nested(row, indent + 1, summarise, show) for row in a]
    return "[" + ("," + "\n" * (a.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def values_text(a: np.ndarray, indent: int) -> str:
    """The numbers of an array in brackets, continued at `indent`."""
    if not a.size:
        return "[]"
    if a.dtype == np.float16:
        a = a.astype(np.float32)
    summarise = a.size > OPTIONS.threshold
    shown = _edges(a) if summarise else a
    return _nested(a, indent, summarise, ComplexElements(shown) if a.dtype.kind == "c" else Elements(shown))


def tensor_text(t: Any) -> str:
    """`tensor([1., 2.], requires_grad=True)` and the like."""
    a, d = t._data, of(t._data.dtype)
    prefix = "tensor("
    usual = (dtypes.get_default_dtype(), dtypes.default_complex(), dtypes.int64, dtypes.bool_)
    notes = []
    if not a.size:
        if a.ndim != 1:
            notes.append(f"size={a.shape}")
        if d is not dtypes.get_default_dtype():
            notes.append(f"dtype={d}")
    elif d not in usual:
        notes.append(f"dtype={d}")
    try:
        node = t.grad_fn
        name = "" if node is None else type(node).__name__
    except RuntimeError:  # a view whose family was written in another mode: using it raises, showing it does not
        name = "Invalid"
    if name:
        notes.append(f"grad_fn=<{name}>")
    elif t.requires_grad:
        notes.append("requires_grad=True")
    if LOCAL.dual_level >= 0:
        from runtime.autograd.forward_ad import tangent_note
        notes += tangent_note(t)
    return _with_notes(prefix + values_text(a, len(prefix)), notes, len(prefix))


def _with_notes(text: str, notes: list[str], indent: int) -> str:
    """Suffixes behind the numbers, on a line of their own where they do not fit."""
    parts = [text]
    used = len(text) - text.rfind("\n") + 1
    for note in notes:
        if used + len(note) + 2 > OPTIONS.linewidth:
            parts.append(",\n" + " " * indent + note)
            used = indent + len(note)
        else:
            parts.append(", " + note)
            used += len(note) + 2
    return "".join(parts) + ")"
