"""Small scripts run twice: with `torch` bound to real PyTorch and to `runtime`. What they print must agree.

A file in `cases/` holds scripts separated by lines `#: name`. A script that raises ends with a line naming the
exception's type and the first line of its message; addresses and object ids are blotted out.
"""
from __future__ import annotations

import contextlib
import io
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

ONCE = "Converting a tensor with requires_grad=True"  # in a process: other tests may have had this warning before
CASES = Path(__file__).parent / "cases"


def scripts() -> dict[str, str]:
    """Every script by `file/name`."""
    found: dict[str, str] = {}
    for path in sorted(CASES.glob("*.txt")):
        for part in re.split(r"^#: ", path.read_text(), flags=re.MULTILINE)[1:]:
            name, _, text = part.partition("\n")
            key = f"{path.stem}/{name.strip()}"
            assert key not in found, f"two scripts are called {key}"
            found[key] = text
    return found


def run(text: str, torch: Any, name: str) -> str:
    """What a script prints with this module as `torch`."""
    out = io.StringIO()
    if torch.__name__ != "torch":
        text = re.sub(r"\b(from|import) torch\b", rf"\1 {torch.__name__}", text)
    names = {"torch": torch, "np": np, "attempt": lambda f, *args: _attempt(out, f, *args), "__name__": "script"}
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(text, f"<{name}>", "exec"), names)
        except Exception as error:
            print(first_line(error))
        finally:
            torch.set_grad_enabled(True)
    for warning in caught:
        if issubclass(warning.category, DeprecationWarning):  # about PyTorch's own insides
            continue
        if str(warning.message).startswith(ONCE):
            continue
        print(f"{warning.category.__name__}: {str(warning.message).partition(' (Triggered')[0].splitlines()[0]}",
              file=out)
    return re.sub(r"0x[0-9a-f]+", "0x", out.getvalue())


def _attempt(out: io.StringIO, function: Any, *args: Any) -> None:
    """Print what a call returns, or what it raises."""
    try:
        print(function(*args), file=out)
    except Exception as error:
        print(first_line(error), file=out)


def first_line(error: Exception) -> str:
    """Type and first line of an exception."""
    text = str(error)
    return f"{type(error).__name__}: {text.splitlines()[0] if text else ''}"
