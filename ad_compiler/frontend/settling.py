"""Reading a function again and again, until each list, loop and dict in it has the form that the program needs.

A reading begins with what the readings before found out. Where it meets something that must have another form it
raises (`NeedList`, `NeedUnrolled`, ...), and that is learned for the next one.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from ..errors import UnsupportedError
from ..ir.types import Num
from .lower.apart import NeedExits
from .lower.forms import NeedRecursion
from .lower.growing import NeedGrowing
from .lower.keyed import NeedTable
from .lower.pools import NeedPool
from .lower.rebinding import NeedRebound
from .lower.runtime_lists import NeedList, NeedSplit, NeedUnrolled, splittable
from .lowering import Lowering, NeedStatic

MAX_READINGS = 200
MAX_CHANGES = 16  # of what one list is said to hold: more go round in circles
NEEDS = (NeedStatic, NeedExits, NeedGrowing, NeedRecursion, NeedTable, NeedUnrolled, NeedSplit, NeedList,
         NeedPool, NeedRebound)

T = TypeVar("T")


@dataclass
class Forms:
    """What is known of the forms of a program; the fields are those of `Lowering` with the same names."""

    prefer_unrolled: bool
    static_paths: frozenset[str]
    prefer_structures: bool = False
    list_sites: dict[Any, Any] = field(default_factory=dict)
    unrolled: frozenset[Any] = frozenset()
    exiting: frozenset[Any] = frozenset()
    recursive: dict[Any, dict[Any, Any]] | None = field(default_factory=dict)
    tables: frozenset[Any] = frozenset()
    split: frozenset[Any] = frozenset()
    pools: frozenset[Any] | None = None
    growing: frozenset[Any] = frozenset()
    rebound: frozenset[Any] = frozenset()
    assumed_empty: frozenset[Any] = frozenset()
    asked: Counter[Any] = field(default_factory=Counter)  # how often each list was asked for

    def begin(self, lo: Lowering) -> None:
        """Give a reading what is known."""
        lo.prefer_unrolled, lo.static_paths, lo.list_sites = self.prefer_unrolled, self.static_paths, self.list_sites
        lo.prefer_structures = self.prefer_structures
        lo.unrolled, lo.exiting, lo.recursive = self.unrolled, self.exiting, self.recursive
        lo.assumed_empty = self.assumed_empty
        lo.tables = None if self.prefer_unrolled else self.tables
        lo.split, lo.growing, lo.rebound, lo.pools = self.split, self.growing, self.rebound, self.pools

    def learn(self, need: Exception, lo: Lowering) -> None:
        """Take in what a reading needs. Raises UnsupportedError where that goes round in circles."""
        match need:
            case NeedStatic():
                self.static_paths |= {need.path}
            case NeedExits():
                self.exiting |= {need.site}
            case NeedGrowing():
                self.growing |= {need.list}
            case NeedRebound():
                self.rebound |= {need.site}
            case NeedPool():
                assert self.pools is not None
                self.pools, self.list_sites, self.asked = self.pools | {need.key}, {}, Counter()
            case NeedTable():
                self.tables |= {need.site}
            case NeedUnrolled():
                self.unrolled |= {need.site}
            case NeedRecursion():
                assert self.recursive is not None
                widened = {**self.recursive.get(need.identity, {}), **need.widened}
                self.recursive = {**self.recursive, need.identity: widened}
            case NeedSplit():
                self._split(need.site)
            case NeedList():
                self._list(need, lo)

    def _split(self, site: Any) -> None:
        self.split, self.list_sites, self.asked = self.split | {site}, {}, Counter()

    def _list(self, need: NeedList, lo: Lowering) -> None:
        self.asked[need.site] += 1
        assumed = need.site in self.assumed_empty
        self.assumed_empty -= {need.site}
        circling = not assumed and need.site in self.list_sites and self.list_sites[need.site] == need.item
        if not circling and self.asked[need.site] <= MAX_CHANGES:
            self.list_sites = {**self.list_sites, need.site: need.item}
        elif (place := splittable(lo, need.site)) is not None:
            self._split(place)
        else:
            lo.fail("AD128", None, "the type of the items of a list cannot be settled",
                    "put items of one type into a list")


def settled(forms: Forms, reading: Callable[[], Lowering], read: Callable[[Lowering], T], name: str) -> T:
    """What `read` gives once nothing needs another form; `reading` makes the state of a reading, `name` is the
    function's. Raises UnsupportedError."""
    refusal: UnsupportedError | None = None
    for _ in range(MAX_READINGS):
        forms.begin(lo := reading())
        try:
            return read(lo)
        except RecursionError:
            lo.stack = lo.stack[:1]
            lo.fail("AD140", None, f"`{name}` nests too deeply to be read in place",
                    "let the depth of a recursion depend on sizes or constants, not on values")
        except UnsupportedError as error:
            site, why = lo.empty_list
            if error is why and site is not None and forms.list_sites.get(site) is None:
                forms.list_sites = {**forms.list_sites, site: Num(np.dtype(np.float64), True)}
                forms.assumed_empty |= {site}
                continue
            if refusal is not None or not forms.recursive:
                raise refusal or error from None
            # a recursion that cannot be a call may still end when it is read in place
            refusal, forms.recursive = error, None
        except NEEDS as need:
            forms.learn(need, lo)
    lo.fail("AD128", None, "the types of the lists of this function do not settle")
