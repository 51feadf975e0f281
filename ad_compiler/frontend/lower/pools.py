"""All objects of a class in one list, held by their numbers there.

    run = Run()                          runs = [Run()]; run = 0
    for v in x:                          for v in x:
        if v > 1.0:                          if v > 1.0:
            ended.append(run)     ==>            ended.append(run)
            run = Run()                          runs.append(Run()); run = len(runs) - 1
        run.total += v                       runs[run].total += v

Objects are read as structures of their attributes first. Where the paths of a program meet with one object each, or a
list takes an object that was made elsewhere, and the program changes it afterwards, it must be known which one it is:
the program is read again with every object of that class as an item of such a list from the start.
"""
from __future__ import annotations

from typing import Any

from ..lowering import Lowering
from ..values import HeapV, OptionalV, PickedV, RowsV, RowV, TupleV, Value, where_it_is
from .runtime_lists import NeedList, runtime_list

POOL = "<pool>"


class NeedPool(Exception):
    """The objects of the class with this key are to be held by their numbers."""

    def __init__(self, key: Any) -> None:
        self.key = key
        super().__init__(str(key))


def key_of(cls: type) -> Any:
    """What a class is known by in all readings: one that the program defines is another one in each."""
    return cls.__dict__.get("__ad_place__", cls)


def _key(obj: HeapV) -> Any:
    """What the objects that may be in one list with this one are known by: dicts have the same keys."""
    return (dict, *obj.slots) if obj.cls is dict else key_of(obj.cls)


def pool_instead(lo: Lowering, *values: Value) -> None:
    """Ask for the objects of the classes of these to be held by their numbers, where that can help."""
    if lo.pools is None or lo.open_callees or lo.open_rules:
        return
    for value in map(where_it_is, values):
        match value:
            case RowV():
                pool_class(lo, value.row.cls)
            case HeapV(whole=None) if value.cls is dict:
                _need(lo, _key(value))
            case HeapV(cls, whole=None):
                pool_class(lo, cls)
            case OptionalV(_, inner):
                pool_instead(lo, inner)
            case TupleV(items) | PickedV(_, items):
                pool_instead(lo, *items)
            case _:
                pass


def pool_class(lo: Lowering, cls: Any) -> None:
    if _can_be(cls):
        _need(lo, key_of(cls))


def _need(lo: Lowering, key: Any) -> None:
    if lo.pools is not None and key not in lo.pools:
        raise NeedPool(key)


def _can_be(cls: Any) -> bool:
    return isinstance(cls, type) and not issubclass(cls, (dict, list, tuple, set, frozenset, BaseException)) and (
        cls.__module__.partition(".")[0] not in ("ad_compiler", "builtins"))


def open_pools(lo: Lowering) -> None:
    """Where the function begins: the lists that are known to be needed, without objects."""
    for key in lo.pools or ():
        if (POOL, key) in lo.list_sites:
            made = runtime_list(lo, [], (POOL, key), f"all_{_name(key)}")
            assert isinstance(made, RowsV)
            lo.pool_lists[key] = made


def _name(key: Any) -> str:
    name = key.__name__ if isinstance(key, type) else "dict" if key[0] is dict else key[0].name
    return name.strip("_").lower()


def in_pool(lo: Lowering, obj: Value) -> Value:
    """A new object: where it is from now on, if the objects of its class are held by their numbers."""
    from .row_parts import kind_of
    from .rows import append_row, point

    if not lo.pools or not isinstance(obj, HeapV) or obj.moved is not None or _key(obj) not in lo.pools:
        return obj
    site = (POOL, _key(obj))
    point(lo, site)
    if _key(obj) not in lo.pool_lists:
        raise NeedList(site, kind_of(lo, [obj]))
    append_row(lo, lo.pool_lists[_key(obj)], obj)
    return where_it_is(obj)


def is_pool(site: Any) -> bool:
    return isinstance(site, tuple) and len(site) == 2 and site[0] == POOL


__all__ = ["NeedPool", "in_pool", "is_pool", "open_pools", "pool_class", "pool_instead"]
