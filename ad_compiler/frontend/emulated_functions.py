"""Functions of the standard library as Python that is read in their place."""
from __future__ import annotations

import bisect
import copy
import dataclasses
import math
import operator
from collections.abc import Callable
from typing import Any


def itemgetter(*keys: Any) -> Callable[[Any], Any]:
    """`operator.itemgetter`"""
    return lambda value: value[keys[0]] if len(keys) == 1 else tuple([value[k] for k in keys])


def attrgetter(*names: str) -> Callable[[Any], Any]:
    """`operator.attrgetter` of names without dots"""
    return lambda value: getattr(value, names[0]) if len(names) == 1 else tuple([getattr(value, n) for n in names])


def methodcaller(name: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """`operator.methodcaller`"""
    return lambda value: getattr(value, name)(*args, **kwargs)


def _setitem(values: Any, key: Any, item: Any) -> None:
    values[key] = item


def _iadd(a: Any, b: Any) -> Any:
    a += b
    return a


def _isub(a: Any, b: Any) -> Any:
    a -= b
    return a


def _imul(a: Any, b: Any) -> Any:
    a *= b
    return a


def _itruediv(a: Any, b: Any) -> Any:
    a /= b
    return a


def asdict(obj: Any, *, dict_factory: Callable[[Any], Any] = dict) -> Any:
    """`dataclasses.asdict`"""
    return dict_factory([(f.name, plain(getattr(obj, f.name))) for f in dataclasses.fields(obj)])


def astuple(obj: Any, *, tuple_factory: Callable[[Any], Any] = tuple) -> Any:
    """`dataclasses.astuple`"""
    return tuple_factory([plain(getattr(obj, f.name), astuple) for f in dataclasses.fields(obj)])


def plain(value: Any, taken_apart: Callable[[Any], Any] = asdict) -> Any:
    """A field of a dataclass as `asdict` and `astuple` give it: dataclasses in it are taken apart, too."""
    if hasattr(value, "__dataclass_fields__"):
        return taken_apart(value)
    if isinstance(value, list):
        return [plain(v, taken_apart) for v in value]
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple([plain(v, taken_apart) for v in value])
    if isinstance(value, dict):
        return {k: plain(v, taken_apart) for k, v in value.items()}
    return copy.deepcopy(value)


def bisect_left(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Callable[[Any], Any] | None = None) -> int:
    """`bisect.bisect_left`

    >>> bisect_left([1.0, 2.0, 2.0, 4.0], 2.0), bisect_right([1.0, 2.0, 2.0, 4.0], 2.0)
    (1, 3)
    """
    last = len(a) if hi is None else hi
    while lo < last:
        middle = (lo + last) // 2
        if (a[middle] if key is None else key(a[middle])) < x:
            lo = middle + 1
        else:
            last = middle
    return lo


def bisect_right(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Callable[[Any], Any] | None = None) -> int:
    """`bisect.bisect_right`"""
    last = len(a) if hi is None else hi
    while lo < last:
        middle = (lo + last) // 2
        if x < (a[middle] if key is None else key(a[middle])):
            last = middle
        else:
            lo = middle + 1
    return lo


def insort_left(a: Any, x: Any) -> None:
    """`bisect.insort_left`"""
    a.insert(bisect_left(a, x), x)


def insort_right(a: Any, x: Any) -> None:
    """`bisect.insort_right`"""
    a.insert(bisect_right(a, x), x)


def prod(items: Any, *, start: Any = 1) -> Any:
    """`math.prod` of a list of unknown length"""
    out = start
    for item in items:
        out = out * item
    return out


def dist(p: Any, q: Any) -> Any:
    """`math.dist` of lists of unknown length"""
    return math.sqrt(sum([(a - b) ** 2 for a, b in zip(p, q, strict=True)]))


def sumprod(p: Any, q: Any) -> Any:
    """`math.sumprod` of lists of unknown length"""
    return sum([a * b for a, b in zip(p, q, strict=True)])


#: What stands for which function where it is given a list whose length is not known when compiling.
OF_LISTS: dict[Any, Any] = {math.prod: prod, math.dist: dist}
if hasattr(math, "sumprod"):  # from 3.12 on
    OF_LISTS[math.sumprod] = sumprod

def fromkeys(keys: Any, value: Any = None) -> Any:
    """`dict.fromkeys`"""
    return {key: value for key in keys}  # noqa: C420 - what stands for it


#: What stands for which function.
FUNCTIONS: dict[Any, Any] = {
    operator.itemgetter: itemgetter, operator.attrgetter: attrgetter, operator.methodcaller: methodcaller,
    operator.setitem: _setitem, operator.getitem: lambda values, key: values[key],
    operator.contains: lambda values, item: item in values, operator.not_: lambda a: not a,
    operator.lt: lambda a, b: a < b, operator.le: lambda a, b: a <= b, operator.eq: lambda a, b: a == b,
    operator.ne: lambda a, b: a != b, operator.gt: lambda a, b: a > b, operator.ge: lambda a, b: a >= b,
    operator.is_: lambda a, b: a is b, operator.is_not: lambda a, b: a is not b, operator.truth: lambda a: bool(a),
    operator.pos: lambda a: +a, operator.mod: lambda a, b: a % b, operator.floordiv: lambda a, b: a // b,
    dataclasses.asdict: asdict, dataclasses.astuple: astuple, bisect.bisect_left: bisect_left,
    bisect.bisect_right: bisect_right, bisect.insort_left: insort_left, bisect.insort_right: insort_right,
    **{getattr(operator, name): f for name, f in (  # from 3.14 on
        ("is_none", lambda a: a is None), ("is_not_none", lambda a: a is not None)) if hasattr(operator, name)},
    dict.fromkeys: fromkeys,
    operator.iadd: _iadd, operator.isub: _isub, operator.imul: _imul, operator.itruediv: _itruediv,
}
