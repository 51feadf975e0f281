"""Bugs planted in the compiler itself: random programs find each of them within seconds."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from .generate import Program, generate
from .harness import Options, Outcome, judge
from .subjects import Compiler

MOST = 120
PLAIN = Options(text=False, forward=False, pullback=False)
Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def wrong_formula(patch: Patch) -> None:
    """A row of the derivative table is wrong."""
    from ad_compiler.rules import find
    row = find(np.tanh)
    assert row is not None
    patch.setitem(row.partials, next(iter(row.partials)), lambda out: 1 - out)


def cotangent_not_copied(patch: Patch) -> None:
    """The cotangent of a stored part is a view of the memory that is cleared next."""
    from ad_compiler.transform import reverse_stores
    patch.setattr(reverse_stores, "_copied", lambda rev, var: var)


def overwritten_part_not_cleared(patch: Patch) -> None:
    """A store does not end the derivative of what was there before."""
    from ad_compiler.transform import reverse_stores
    patch.setattr(reverse_stores, "ZERO", reverse_stores.ir.Const(1.0))


def old_content_read_late(patch: Patch) -> None:
    """The old content of an array that is scaled is read after the scaling."""
    from ad_compiler.transform import reverse_stores
    original = reverse_stores.old_content

    def late(rev: Any, stmt: Any) -> Any:
        old = original(rev, stmt)
        rev.inserted_after.setdefault(stmt, []).extend(rev.inserted.pop(stmt))
        return old

    patch.setattr(reverse_stores, "old_content", late)


def snapshots_forgotten(patch: Patch) -> None:
    """What the reverse sweep reads is not kept, though it is overwritten later."""
    from ad_compiler.analysis.later_writes import LaterWrites
    patch.setattr(LaterWrites, "after", lambda self, var, stmt: False)


def loops_not_reversed(patch: Patch) -> None:
    """The adjoint of a loop runs in the order of the loop."""
    _change_loops(patch, lambda loop: replace(loop, backward=False))


def _change_loops(patch: Patch, change: Callable[[Any], Any]) -> None:
    """Change each loop of an adjoint as soon as it is written."""
    from ad_compiler.transform import reverse
    original = reverse.ADJOINTS[reverse.ir.For]

    def loop(rev: Any, stmt: Any) -> None:
        original(rev, stmt)
        last = rev.emitter.block.stmts[-1] if rev.emitter.block.stmts else None
        if isinstance(last, reverse.ir.For) and last.backward:
            rev.emitter.block.stmts[-1] = change(last)

    patch.setitem(reverse.ADJOINTS, reverse.ir.For, loop)


def early_exit_forgotten(patch: Patch) -> None:
    """The adjoint of a loop that was left early runs through all of its range."""
    _change_loops(patch, lambda loop: replace(loop, limit=None))


def branch_loses_a_cotangent(patch: Patch) -> None:
    """A cotangent that only one arm of a branch changes keeps the other arm's value."""
    from ad_compiler.transform import reverse_control
    original = reverse_control._merge

    def merge(rev: Any, slot: Any, ends: Any) -> Any:
        return original(rev, slot, [ends[1], ends[1]] if slot in ends[1][1] else ends)

    patch.setattr(reverse_control, "_merge", merge)


def repeated_index_added_once(patch: Patch) -> None:
    """An element that an index names twice gets one of the two cotangents."""
    from ad_compiler.transform import reverse_stores
    patch.setattr(reverse_stores, "repeats", lambda base, index: False)


def names_of_one_array_apart(patch: Patch) -> None:
    """Two names of one array that is written have a cotangent each."""
    from ad_compiler.analysis.hazards import Hazards
    patch.setattr(Hazards, "_check", lambda self, stmt, state: None)


def views_apart_from_their_base(patch: Patch) -> None:
    """A view of memory that is written has a cotangent of its own."""
    from ad_compiler.transform.reverse import Reverse
    patch.setattr(Reverse, "in_memory", lambda self, var: False)


def lent_cotangent_changed(patch: Patch) -> None:
    """A cotangent that two variables hold is changed in place for one of them."""
    from ad_compiler.transform.bars import Bars
    patch.setattr(Bars, "_holders", lambda self, var: [])


def item_replaces_cell(patch: Patch) -> None:
    """The second read of an item of a list forgets the cotangent of the first."""
    from ad_compiler.transform import reverse_lists

    def replaced(rev: Any, shadow: Any, index: Any, bar: Any, item: Any) -> None:
        rev.emitter.emit(reverse_lists.ir.Store(shadow, index, "", bar, rev.emitter.origin))

    patch.setattr(reverse_lists, "_add_to_cell", replaced)


def broadcast_not_summed(patch: Patch) -> None:
    """The cotangent of an operand that was stretched is the mean of its parts instead of their sum."""
    from ad_compiler.transform import bars
    original = bars.total

    def halved(value: Any, axes: Any, keepdims: bool) -> Any:
        return original(value, axes, keepdims) * 0.5

    patch.setattr(bars, "total", halved)


def inactive_store(patch: Patch) -> None:
    """What is stored into an array does not make the array depend on it."""
    from ad_compiler.analysis import activity
    original = activity.dependences
    patch.setattr(activity, "dependences", lambda stmt: () if isinstance(stmt, activity.ir.Store) else original(stmt))


def tangent_not_overwritten(patch: Patch) -> None:
    """Forward mode: a constant that is stored leaves the old tangent."""
    from ad_compiler.transform.forward import Forward
    original = Forward.store

    def store(self: Any, stmt: Any) -> None:
        if stmt.op != "" or self.is_active(stmt.value):
            original(self, stmt)

    patch.setattr(Forward, "store", store)


def tangents_share_memory(patch: Patch) -> None:
    """Forward mode: the tangent of a copy is the memory of what was copied."""
    from ad_compiler.transform.forward import Forward
    patch.setattr(Forward, "copied", lambda self, operand: operand)


#: The plant, constructs that reach it soon, what is checked beside values and gradients.
PLANTED: list[tuple[Plant, tuple[str, ...], Options]] = [
    (wrong_formula, (), PLAIN), (cotangent_not_copied, ("slice_store",), PLAIN),
    (overwritten_part_not_cleared, ("constant_store",), PLAIN),
    (old_content_read_late, ("whole_update", "slice_update"), PLAIN),
    (snapshots_forgotten, ("overlap_update", "element_store"), PLAIN),
    (loops_not_reversed, ("for_range", "whole_update"), PLAIN),
    (early_exit_forgotten, ("flag_search", "break"), PLAIN), (branch_loses_a_cotangent, ("if", "branch_define"), PLAIN),
    (repeated_index_added_once, ("fancy_store",), PLAIN),
    (names_of_one_array_apart, ("branch_define", "swap_buffers"), PLAIN),
    (views_apart_from_their_base, ("view_bind", "alias_kept"), PLAIN),
    (lent_cotangent_changed, ("whole_update",), PLAIN),
    (item_replaces_cell, ("comprehension",), PLAIN),
    (broadcast_not_summed, (), PLAIN), (inactive_store, ("element_store", "buffer"), PLAIN),
    (tangent_not_overwritten, ("constant_store",), replace(PLAIN, forward=True)),
    (tangents_share_memory, ("alias_write", "array_assign"), replace(PLAIN, forward=True)),
]


def first_wrong(plant: Plant, wanted: tuple[str, ...], options: Options, patch: Patch
                ) -> tuple[Program, Outcome] | None:
    """The first random program that is answered wrongly with a planted bug, and rightly without it."""
    for seed in range(500, 500 + MOST):
        program = generate(seed, wanted)
        with patch.context() as planted:
            plant(planted)
            outcome = judge(program, Compiler(), options)
        if outcome.kind in ("wrong", "crash") and judge(program, Compiler(), options).kind == "ok":
            return program, outcome
    return None


@pytest.mark.skipif(not Compiler.ready(), reason="the compiler has no transforms yet")
@pytest.mark.parametrize("plant, wanted, options", PLANTED, ids=lambda case: getattr(case, "__name__", ""))
def test_a_planted_bug_is_found(plant: Plant, wanted: tuple[str, ...], options: Options, monkeypatch: Patch):
    found = first_wrong(plant, wanted, options, monkeypatch)
    assert found is not None, f"{MOST} programs do not show: {plant.__doc__}"
    assert found[1].kind == "crash" or found[1].check in ("gradient", "forward mode"), found[1]
