"""`match`: a chain of `if`. Whether a value has the structure of a pattern is known when compiling."""
from __future__ import annotations

import ast
from typing import Any

from ...ir import nodes as ir
from ...ir.types import ListOf
from ..lowering import Lowering
from ..values import ExternalV, HeapV, IterV, OptionalV, PickedV, RowsV, RowV, ShapeV, TupleV, Value

#: A pattern that cannot match, and one that always does.
NEVER, ALWAYS = ast.Constant(False), None
#: Classes whose only positional pattern is for the value itself.
_WHOLE = (bool, bytes, dict, float, frozenset, int, list, set, str, tuple, complex)


def lower_match(lo: Lowering, node: ast.Match, rest: list[Any]) -> bool | None:
    """`match` as a chain of `if`."""
    reader = _Reader(lo, node)
    subject = reader.held(lo.expr(node.subject), node)
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        test, binds = reader.read(case.pattern, subject)
        if test is NEVER:
            continue
        body = [*binds, *case.body]
        if case.guard is not None:
            # a guard reads what the pattern binds
            guarded = ast.If(case.guard, list(case.body), chain)
            body = [*binds, ast.fix_missing_locations(ast.copy_location(guarded, case.pattern))]
        if test is ALWAYS:
            chain = body
        else:
            branch = ast.If(test, body, chain)
            chain = [ast.fix_missing_locations(ast.copy_location(branch, case.pattern))]
    rest[:0] = chain
    return None


class _Reader:
    """Reads the patterns of one `match`; parts of the subject are held by names of the front end's own."""

    def __init__(self, lo: Lowering, node: ast.Match) -> None:
        self.lo, self.count, self.place = lo, 0, f"{node.lineno} {node.col_offset}"

    def held(self, value: Value, node: ast.AST) -> ast.Name:
        """A name for a value."""
        self.count += 1
        name = f"<subject {self.place} {self.count}>"
        self.lo.frame.set(name, value)
        return ast.Name(name, ast.Load(), lineno=node.lineno, col_offset=node.col_offset,
                        end_lineno=node.end_lineno, end_col_offset=node.end_col_offset)

    def read(self, pattern: ast.pattern, subject: ast.Name) -> tuple[ast.expr | None, list[ast.stmt]]:
        """The test of a pattern (ALWAYS, NEVER or an expression), and what it binds."""
        at = ast.copy_location
        value = self.lo.frame.get(subject.id)
        match pattern:
            case ast.MatchValue(right):
                return at(ast.Compare(subject, [ast.Eq()], [right]), pattern), []
            case ast.MatchSingleton(constant):
                return at(ast.Compare(subject, [ast.Is()], [at(ast.Constant(constant), pattern)]), pattern), []
            case ast.MatchAs(None, None):
                return ALWAYS, []
            case ast.MatchAs(inner, str(name)):
                test, binds = (ALWAYS, []) if inner is None else self.read(inner, subject)
                target = at(ast.Name(name, ast.Store()), pattern)
                return test, [*binds, ast.fix_missing_locations(at(ast.Assign([target], subject), pattern))]
            case ast.MatchOr(patterns):
                return self._either(patterns, subject, pattern)
            case ast.MatchSequence() | ast.MatchMapping() | ast.MatchClass() if isinstance(value, OptionalV):
                inside = self.held(value.value, pattern)
                given = at(ast.Compare(subject, [ast.IsNot()], [at(ast.Constant(None), pattern)]), pattern)
                return _all([(given, []), self.read(pattern, inside)], pattern)
            case ast.MatchSequence(patterns):
                return self._sequence(patterns, value, pattern)
            case ast.MatchMapping(keys, patterns, rest):
                return self._mapping(keys, patterns, rest, value, pattern)
            case ast.MatchClass(cls, positional, names, named):
                return self._class(cls, positional, dict(zip(names, named, strict=True)), subject, pattern)
            case _:
                self.lo.fail("AD106", pattern, "this `match` pattern is not supported", "write it as `if`")

    def _either(self, patterns: list[ast.pattern], subject: ast.Name, node: ast.pattern
                ) -> tuple[ast.expr | None, list[ast.stmt]]:
        found = [r for p in patterns if (r := self.read(p, subject))[0] is not NEVER]
        if not found:
            return NEVER, []
        if len(found) == 1 or found[0][0] is ALWAYS:
            return found[0]
        if any(binds for _, binds in found):
            self.lo.fail("AD106", node, "which of these patterns matches, and binds names, is known at run time only",
                         "write a `case` for each of them")
        tests = [t for t, _ in found if t is not ALWAYS]
        if len(tests) < len(found):
            return ALWAYS, []
        return ast.copy_location(ast.BoolOp(ast.Or(), tests), node), []

    def _sequence(self, patterns: list[ast.pattern], value: Value, node: ast.pattern
                  ) -> tuple[ast.expr | None, list[ast.stmt]]:
        from .sequences import items_of, new_list

        lo = self.lo
        if isinstance(value, (RowsV, IterV)) or isinstance(getattr(value, "type", None), ListOf):
            lo.fail("AD106", node, "a list whose length is known at run time only is matched by its items",
                    "test its length with `if`")
        outside = isinstance(value, ExternalV) and isinstance(value.value, (list, tuple))
        if not (isinstance(value, (TupleV, ShapeV)) or outside or (isinstance(value, HeapV) and value.cls is list)
                or (isinstance(value, ir.Const) and isinstance(value.value, (list, tuple)))):
            return NEVER, []
        items = items_of(lo, value, node)
        stars = [i for i, p in enumerate(patterns) if isinstance(p, ast.MatchStar)]
        if len(items) < len(patterns) - 1 if stars else len(items) != len(patterns):
            return NEVER, []
        parts: list[tuple[ast.expr | None, list[ast.stmt]]] = []
        tail = len(patterns) - stars[0] - 1 if stars else 0
        for i, p in enumerate(patterns):
            if isinstance(p, ast.MatchStar):
                if p.name is not None:
                    middle = self.held(new_list(lo, items[i:len(items) - tail]), p)
                    parts.append(self.read(ast.copy_location(ast.MatchAs(None, p.name), p), middle))
                continue
            item = items[i] if not stars or i < stars[0] else items[len(items) - len(patterns) + i]
            parts.append(self.read(p, self.held(item, p)))
        return _all(parts, node)

    def _mapping(self, keys: list[ast.expr], patterns: list[ast.pattern], rest: str | None, value: Value,
                 node: ast.pattern) -> tuple[ast.expr | None, list[ast.stmt]]:
        from .dicts import mapping_items
        from .joining import new_heap_frame

        lo = self.lo
        is_dict = (isinstance(value, HeapV) and value.cls is dict) or (isinstance(value, RowV) and value.row.cls is dict
                                                                       ) or (
            isinstance(value, ExternalV) and isinstance(value.value, dict))
        if not is_dict:
            return NEVER, []
        items = mapping_items(lo, value, node)
        parts: list[tuple[ast.expr | None, list[ast.stmt]]] = []
        for key, p in zip(keys, patterns, strict=True):
            found = lo.expr(key)
            if not isinstance(found, ir.Const):
                lo.fail("AD128", key, "this dict key is not known when compiling")
            if found.value not in items:
                return NEVER, []
            parts.append(self.read(p, self.held(items.pop(found.value), p)))
        if rest is not None:
            others = HeapV(dict, new_heap_frame(lo, rest))
            others.slots.update(items)
            parts.append(self.read(ast.copy_location(ast.MatchAs(None, rest), node), self.held(others, node)))
        return _all(parts, node)

    def _class(self, node: ast.expr, positional: list[ast.pattern], named: dict[str, ast.pattern], subject: ast.Name,
               pattern: ast.pattern) -> tuple[ast.expr | None, list[ast.stmt]]:
        from .attributes import load_attribute
        from .builtin_objects import class_of, hasattr_

        lo, value = self.lo, self.lo.frame.get(subject.id)
        cls = lo.expr(node)
        if not isinstance(cls, ir.Const) or not isinstance(cls.value, type):
            lo.fail("AD106", node, "the class of this pattern is not known when compiling", "name it")
        if isinstance(value, PickedV):
            lo.fail("AD106", pattern, "which object is matched is known at run time only", "match it before the branch")
        if not issubclass(class_of(lo, value, pattern), cls.value):
            return NEVER, []
        if cls.value in _WHOLE and positional:
            return _all([self.read(positional[0], subject)], pattern)
        own = getattr(cls.value, "__match_args__", ())
        if len(positional) > len(own):
            lo.fail("AD106", pattern, f"`{cls.value.__name__}` has {len(own)} positional patterns",
                    "give the class `__match_args__`, or name the attributes")
        parts: list[tuple[ast.expr | None, list[ast.stmt]]] = []
        for name, p in {**dict(zip(own, positional, strict=False)), **named}.items():
            there = hasattr_(lo, ir.Const(hasattr), [value, ir.Const(name)], {}, pattern, None)
            if isinstance(there, ir.Const) and not there.value:
                return NEVER, []
            parts.append(self.read(p, self.held(load_attribute(lo, value, name, pattern), p)))
        return _all(parts, pattern)


def _all(parts: list[tuple[ast.expr | None, list[ast.stmt]]], node: ast.pattern
         ) -> tuple[ast.expr | None, list[ast.stmt]]:
    """Patterns that must all match."""
    tests = [t for t, _ in parts]
    if any(t is NEVER for t in tests):
        return NEVER, []
    open_ = [t for t in tests if t is not ALWAYS]
    binds = [b for _, some in parts for b in some]
    if len(open_) > 1:
        return ast.copy_location(ast.BoolOp(ast.And(), open_), node), binds
    return (open_[0] if open_ else ALWAYS), binds
