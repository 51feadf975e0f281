"""The parameters of a function, for reading and binding its arguments."""
from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any


def signature_of(function: Callable[..., Any], *, follow_wrapped: bool = True) -> inspect.Signature:
    """`inspect.signature(function)` that runs no annotation, all of which may be texts in it.

    From 3.14 on annotations are code that runs when they are asked for (PEP 649), and may name what is not there: a
    class that only type checkers import, or one that is defined later. Nothing here reads them.
    Raises TypeError for what cannot be called, ValueError for C code that does not say (a ufunc of an older NumPy says
    how many inputs it has).

    >>> signature_of(lambda x, n=2: x**n)
    <Signature (x, n=2)>
    """
    options: dict[str, Any] = {"follow_wrapped": follow_wrapped}
    if sys.version_info >= (3, 14):
        import annotationlib

        options["annotation_format"] = annotationlib.Format.STRING
    try:
        return inspect.signature(function, **options)
    except ValueError:
        inputs = getattr(function, "nin", None)
        if inputs is None:
            raise
    names = ["x"] if inputs == 1 else [f"x{i + 1}" for i in range(inputs)]
    return inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names])
