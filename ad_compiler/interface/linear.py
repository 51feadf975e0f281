"""`linearize`: the derivative at a point as a linear function."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .directions import jvp
from .forward_sweep import as_tuple
from .records import copied
from .scalars import pair
from .target import resolve


class LinearFunction:
    """The derivative of a function at a point: maps tangents, one for each of the first `taken` arguments, to that of
    the result."""

    rule = None  # so that transforms call it, and do not read what is behind it

    def __init__(self, f: Callable[..., Any], at: tuple[Any, ...], has_aux: bool, options: dict[str, Any],
                 taken: int) -> None:
        self.f, self.at, self.has_aux, self.options, self.taken = f, at, has_aux, options, taken

    def __call__(self, *tangents: Any) -> Any:
        """The tangent of the result. Raises TypeError and ValueError if the tangents do not fit the arguments."""
        if len(tangents) != self.taken:
            raise TypeError(f"the linear function of {resolve(self.f).spoken} takes {self.taken} tangents, one for "
                            f"each argument, not {len(tangents)}")
        fixed = (None,) * (len(self.at) - self.taken)
        return jvp(self.f, copied(self.at), (*tangents, *fixed), has_aux=self.has_aux, **self.options)[1]

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this function."""
        from .inside_linear import outer_linear

        return outer_linear(lo, self, function, args, kwargs, node)

    def __repr__(self) -> str:
        return f"<linear function of {getattr(self.f, '__name__', 'f')!r}>"


def linearize(f: Callable[..., Any], *args: Any, has_aux: bool = False, wrt: Any = None, **options: Any
              ) -> tuple[Any, ...]:
    """The value of `f(*args)` and its derivative there as a linear function of tangents, one for each argument:
    `(out, linear)`, with `has_aux` `(out, linear, auxiliary)`. With `wrt` (a path, or a tuple of paths, as for `grad`)
    it is a function of the tangent of what the function captures. Whatever else `f` captures is read when the linear
    function is called.

    >>> out, linear = linearize(lambda x, y: x * y, 2.0, 3.0)
    >>> out, linear(1.0, 0.0), linear(0.0, 1.0)
    (6.0, 3.0, 2.0)
    """
    taken = len(args)
    if wrt is not None:
        from .by_path import by_first

        f, args, options = by_first(f, args, wrt, options)
        taken = 1
    at = copied(tuple(args))
    out, linear = f(*args), LinearFunction(f, as_tuple(at, "args"), has_aux, options, taken)
    if not has_aux:
        return out, linear
    value, aux = pair(out, resolve(f).name)
    return value, linear, aux


__all__ = ["LinearFunction", "linearize"]
