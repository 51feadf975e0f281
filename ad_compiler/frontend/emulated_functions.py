"""Functions of the standard library as Python that is read in their place."""
from __future__ import annotations

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


#: What stands for which function.
FUNCTIONS: dict[Any, Any] = {
    operator.itemgetter: itemgetter, operator.attrgetter: attrgetter, operator.methodcaller: methodcaller,
    operator.setitem: _setitem, operator.getitem: lambda values, key: values[key],
    operator.contains: lambda values, item: item in values, operator.not_: lambda a: not a,
    operator.lt: lambda a, b: a < b, operator.le: lambda a, b: a <= b, operator.eq: lambda a, b: a == b,
    operator.ne: lambda a, b: a != b, operator.gt: lambda a, b: a > b, operator.ge: lambda a, b: a >= b,
    operator.is_: lambda a, b: a is b, operator.is_not: lambda a, b: a is not b, operator.truth: lambda a: bool(a),
    operator.pos: lambda a: +a, operator.mod: lambda a, b: a % b, operator.floordiv: lambda a, b: a // b,
    operator.iadd: _iadd, operator.isub: _isub, operator.imul: _imul, operator.itruediv: _itruediv,
}
