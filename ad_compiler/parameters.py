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
    Raises TypeError for what cannot be called, ValueError for C code that does not say.

    >>> signature_of(lambda x, n=2: x**n)
    <Signature (x, n=2)>
    """
    if sys.version_info < (3, 14):
        return inspect.signature(function, follow_wrapped=follow_wrapped)
    import annotationlib

    return inspect.signature(function, follow_wrapped=follow_wrapped, annotation_format=annotationlib.Format.STRING)
