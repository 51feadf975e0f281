"""What may be read after a statement, and where an iteration begins."""
from __future__ import annotations

import ast
import inspect

from ad_compiler.frontend.lower.liveness import liveness

# pyright: reportPossiblyUnboundVariable=false


def turns(items, last):
    for item in items:
        if item > 0:
            part = item * 2
            held = part
        if item > 1:
            try:
                late = 1.0 / item
            except ZeroDivisionError:
                late = last
            last = late
        last += held
    done = [part + 1 for part in items]
    return last, done


def captured(x):
    for k in range(3):
        if x > k:
            inner = x * k

        def read():
            return inner  # noqa: B023

    return read()


def own_names(items, scale):
    for d in items:
        held = d

    def scaled(v):
        d = v * scale
        return d

    return held + sum(d for d in items) + scaled(1.0)


def left(items):
    while True:
        for item in items:
            if item > 0:
                found = item
                break
        else:
            found = 0.0
        if found > 1:
            break
        items = items[1:]
    return found


def facts(function):
    tree = ast.parse(inspect.getsource(function)).body[0]
    return tree, liveness(tree)


def test_names_of_one_turn_are_not_carried() -> None:
    tree, found = facts(turns)
    loop = tree.body[0]
    assert found.head[loop] >= {"held", "last", "items"}
    assert not found.head[loop] & {"item", "late"}
    assert "held" in found.after[loop.body[0]]
    assert "late" not in found.after[loop.body[1]]


def test_what_functions_read_is_always_live() -> None:
    _, found = facts(captured)
    assert "inner" in found.always


def test_breaks_lead_behind_the_loop() -> None:
    tree, found = facts(left)
    inner = tree.body[0].body[0]
    assert "found" in found.after[inner.body[0].body[0]]
    assert "found" not in found.head[inner]
    assert "found" not in found.head[tree.body[0]]


def test_names_of_comprehensions_and_of_functions_inside_are_their_own() -> None:
    tree, found = facts(own_names)
    assert "held" in found.after[tree.body[0]]
    assert "d" not in found.after[tree.body[0]]
    assert "scale" in found.always
    assert not found.always & {"d", "v"}
