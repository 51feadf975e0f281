"""The options of a transform, checked once."""
from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

BACKENDS = ("numpy", "native", "auto")
UNSUPPORTED = ("error", "tape", "loop")
CHECKS = (None, "first")
#: Options that are parameters of `grad`.
OF_ALL = ("argnums", "has_aux", "backend", "on_unsupported", "check", "mode", "wrt")
MODES = ("fast", "slow")
#: Options that other libraries have, and what to do here.
ELSEWHERE = {
    "holomorphic": "the derivative of a holomorphic function is its tangent along 1, `jacfwd(f)(z)` or "
                   "`jvp(f, (z,), (1.0 + 0.0j,))[1]`; the gradient of a real function of `z` needs no option",
    "allow_int": "integers have no derivative; in a structure they are passed over (None), as an argument of their own "
                 "leave them out of argnums",
    "axis_name": "examples do not talk to each other: compute over the whole array outside",
    "reduce_axes": "sum over the axis in the function"}


def compiler_options(backend: str, mode: str, on_unsupported: str, others: dict[str, Any]) -> Any:
    """The pipeline's options. Raises TypeError for unknown names and ValueError for unknown values."""
    return _options(backend, mode, on_unsupported, tuple(others.items()))


@functools.lru_cache(maxsize=64)
def _options(backend: str, mode: str, on_unsupported: str, others: tuple[tuple[str, Any], ...]) -> Any:
    import dataclasses

    from ..pipeline import SLOW, Options

    check_choices(backend, mode, on_unsupported)
    known = {f.name for f in dataclasses.fields(Options)} - {"on_unsupported", "backend"}
    unknown = sorted({name for name, _ in others} - known)
    if unknown and unknown[0] in ELSEWHERE:
        raise TypeError(f"there is no option {unknown[0]!r}: {ELSEWHERE[unknown[0]]}")
    if unknown:
        named = [*OF_ALL, *sorted(known)]
        raise TypeError(f"unknown option {unknown[0]!r}{closest(unknown[0], named)}; there are {', '.join(named)}")
    slow = SLOW if mode == "slow" else {}
    return Options(on_unsupported=on_unsupported, backend=backend, **{**slow, **dict(others)})


def closest(name: str, known: Iterable[str]) -> str:
    """For a message: which of the known names may be meant, if one is like this one."""
    import difflib

    found = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def check_choices(backend: str, mode: str, on_unsupported: str) -> None:
    """Raise ValueError for a value that no option has; loads nothing."""
    one_of("backend", backend, BACKENDS)
    one_of("mode", mode, MODES)
    one_of("on_unsupported", on_unsupported, UNSUPPORTED)


def one_of(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    """Raise ValueError, naming what is allowed, unless `value` is."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, not {value!r}")
