"""Iterators of the standard library as Python that is read in their place, where their items come one at a time."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any


class Sequenced:
    """`iter(source)`, the items of which are taken by `next`.

    >>> it = Sequenced([1, 2, 3])
    >>> next(it), list(it)
    (1, [2, 3])
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self.at = 0

    def __next__(self) -> Any:
        if self.at >= len(self.source):
            raise StopIteration
        self.at += 1
        return self.source[self.at - 1]

    def __iter__(self) -> Iterator[Any]:
        return self


class Count:
    """`itertools.count(start, step)`, the numbers of which are taken by `next`."""

    def __init__(self, start: Any = 0, step: Any = 1) -> None:
        self.next = start
        self.step = step

    def __next__(self) -> Any:
        now = self.next
        self.next = now + self.step
        return now

    def __iter__(self) -> Iterator[Any]:
        return self


def until(function: Callable[[], Any], sentinel: Any) -> Iterator[Any]:
    """`iter(function, sentinel)`"""
    while True:
        item = function()
        if item == sentinel:
            return
        yield item


def first(items: Iterable[Any]) -> Any:
    """`next` of a generator expression"""
    for item in items:
        return item
    raise StopIteration


def first_or(items: Iterable[Any], default: Any) -> Any:
    """`next` of a generator expression with a default"""
    for item in items:
        return item
    return default


def next_or(iterator: Any, default: Any) -> Any:
    """`next` with a default"""
    try:
        return iterator.__next__()
    except StopIteration:
        return default


def each(iterator: Iterable[Any]) -> Iterator[Any]:
    """The items of an object of a class of the program's."""
    yield from iterator


def by_number(items: Any) -> Iterator[Any]:
    """The items of an object that has no `__iter__`: those it gives by number, up to an IndexError."""
    at = 0
    while True:
        try:
            item = items[at]
        except IndexError:
            return
        yield item
        at += 1


def one_by_one(items: Sequence[Any]) -> Iterator[Any]:
    """The items of a list whose length changes meanwhile."""
    at = 0
    while at < len(items):
        yield items[at]
        at += 1


def side_by_side(columns: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """`zip` of lists whose lengths change meanwhile, and of other sequences"""
    at = 0
    while at < min([len(column) for column in columns]):
        yield tuple([column[at] for column in columns])
        at += 1


def backwards(items: Sequence[Any]) -> Iterator[Any]:
    """`reversed` of a list whose length changes meanwhile"""
    at = len(items) - 1
    while 0 <= at < len(items):
        yield items[at]
        at -= 1


def enumerate_(items: Iterable[Any], start: int = 0) -> Iterator[tuple[int, Any]]:
    """`enumerate`"""
    number = start
    for item in items:
        yield number, item
        number += 1


def zip_before(items: Iterable[Any], others: Any, stop: int) -> Iterator[tuple[Any, ...]]:
    """`zip(items, *others)` where each of `others` has at least `stop` items."""
    for k, item in enumerate(items):
        if k >= stop:
            break
        yield (item, *[other[k] for other in others])


def zip_after(others: Any, items: Iterable[Any], stop: int) -> Iterator[tuple[Any, ...]]:
    """`zip(*others, items)` where each of `others` has at least `stop` items."""
    if stop > 0:
        for k, item in enumerate(items):
            yield (*[other[k] for other in others], item)
            if k + 1 >= stop:
                break


def map_(function: Callable[..., Any], items: Iterable[Any]) -> Iterator[Any]:
    """`map` of one argument"""
    for item in items:
        yield function(item)


def filter_(function: Callable[..., Any], items: Iterable[Any]) -> Iterator[Any]:
    """`filter`"""
    for item in items:
        if function(item):
            yield item


def islice(items: Iterable[Any], start: int, stop: int | None, step: int) -> Iterator[Any]:
    """`itertools.islice`"""
    k = 0
    if stop is None:
        for item in items:
            if k >= start and (k - start) % step == 0:
                yield item
            k += 1
    elif stop > 0:
        for item in items:
            if k >= start and (k - start) % step == 0:
                yield item
            k += 1
            if k >= stop:
                break


def takewhile(test: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """`itertools.takewhile`"""
    for item in items:
        if not test(item):
            break
        yield item


def dropwhile(test: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """`itertools.dropwhile`"""
    dropping = True
    for item in items:
        if dropping and not test(item):
            dropping = False
        if not dropping:
            yield item


def filterfalse(test: Callable[[Any], Any] | None, items: Iterable[Any]) -> Iterator[Any]:
    """`itertools.filterfalse`"""
    for item in items:
        if not (item if test is None else test(item)):
            yield item


def starmap(function: Callable[..., Any], items: Iterable[Any]) -> Iterator[Any]:
    """`itertools.starmap`"""
    for item in items:
        yield function(*item)


def compress(items: Iterable[Any], selectors: Iterable[Any]) -> Iterator[Any]:
    """`itertools.compress`"""
    for item, kept in zip(items, selectors, strict=False):
        if kept:
            yield item


def chain(*parts: Iterable[Any]) -> Iterator[Any]:
    """`itertools.chain`"""
    for part in parts:
        yield from part


def chain_from(parts: Iterable[Iterable[Any]]) -> Iterator[Any]:
    """`itertools.chain.from_iterable`"""
    for part in parts:
        yield from part


def zip_longest(a: Any, b: Any, fillvalue: Any = None) -> Iterator[tuple[Any, Any]]:
    """`itertools.zip_longest` of two sequences"""
    for k in range(max(len(a), len(b))):
        yield a[k] if k < len(a) else fillvalue, b[k] if k < len(b) else fillvalue


def groupby(items: Iterable[Any], key: Callable[[Any], Any] | None = None) -> Iterator[tuple[Any, list[Any]]]:
    """`itertools.groupby`, each group as a list"""
    group: list[Any] = []
    for item in items:
        own = item if key is None else key(item)
        if len(group) > 0 and own != (group[0] if key is None else key(group[0])):
            yield group[0] if key is None else key(group[0]), group
            group = []
        group.append(item)
    if len(group) > 0:
        yield group[0] if key is None else key(group[0]), group


def batched(items: Iterable[Any], n: int, *, strict: bool = False) -> Iterator[tuple[Any, ...]]:
    """`itertools.batched`

    >>> list(batched("abcde", 2))
    [('a', 'b'), ('c', 'd'), ('e',)]
    """
    group: list[Any] = []
    for item in items:
        group.append(item)
        if len(group) == n:
            yield tuple(group)
            group = []
    if len(group) > 0:
        if strict:
            raise ValueError("batched(): incomplete batch")
        yield tuple(group)


#: What stands for which function. (`islice` and `chain` of what has a length are read otherwise.)
ITERATORS: dict[Any, Any] = {
    itertools.takewhile: takewhile, itertools.dropwhile: dropwhile, itertools.filterfalse: filterfalse,
    itertools.starmap: starmap, itertools.compress: compress, itertools.zip_longest: zip_longest,
    itertools.groupby: groupby,
}
if hasattr(itertools, "batched"):  # from 3.12 on
    ITERATORS[itertools.batched] = batched
