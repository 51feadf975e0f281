"""Bugs planted in the compiler itself: random programs find each of them within seconds."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .campaign import campaign
from .harness import Options
from .subjects import Compiler

ONLY_GRADIENT = Options(text=False, forward=False, pullback=False)


def wrong_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of the derivative table is wrong."""
    from ad_compiler.rules import find
    row = find(np.tanh)
    assert row is not None
    monkeypatch.setitem(row.partials, next(iter(row.partials)), lambda out: 1 - out)


def cotangent_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cotangent of a stored part is a view of the memory that is cleared next."""
    from ad_compiler.transform import reverse_stores
    monkeypatch.setattr(reverse_stores, "_copied", lambda rev, var: var)


def overwritten_part_not_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store does not end the derivative of what was there before."""
    from ad_compiler.transform import reverse_stores
    monkeypatch.setattr(reverse_stores, "ZERO", reverse_stores.ir.Const(1.0))


def record_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old content of an array that is scaled is read after the scaling."""
    from ad_compiler.transform import reverse_stores
    original = reverse_stores.old_content

    def late(rev: Any, stmt: Any) -> Any:
        old = original(rev, stmt)
        rev.inserted_after.setdefault(stmt, []).extend(rev.inserted.pop(stmt))
        return old

    monkeypatch.setattr(reverse_stores, "old_content", late)


PLANTED = [(wrong_formula, ()), (cotangent_not_copied, ("slice_store",)),
           (overwritten_part_not_cleared, ("constant_store",)), (record_forgotten, ("whole_update", "slice_update"))]


@pytest.mark.skipif(not Compiler.ready(), reason="the compiler has no transforms yet")
@pytest.mark.parametrize("plant, wanted", PLANTED, ids=lambda case: getattr(case, "__name__", ""))
def test_a_planted_bug_is_found(plant: Callable[[pytest.MonkeyPatch], None], wanted: tuple[str, ...], monkeypatch):
    before = campaign(Compiler(), iter(range(500, 530)), ONLY_GRADIENT, wanted, seconds=20.0)
    plant(monkeypatch)
    after = campaign(Compiler(), iter(range(500, 530)), ONLY_GRADIENT, wanted, seconds=20.0)
    assert before.kinds["ok"] > 8
    assert before.kinds["wrong"] == 0
    assert {f.outcome.check for f in after.failures.values() if f.outcome.kind == "wrong"} == {"gradient"}
