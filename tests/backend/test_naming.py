"""Names of variables and of the objects that generated code uses."""
from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from ad_compiler import support
from ad_compiler.backend.namespace import Namespace
from ad_compiler.naming import Names, sanitise


@pytest.mark.parametrize(("hint", "name"), [
    ("x", "x"), ("lambda", "lambda_"), ("a.b", "a_b"), ("", "t"), ("<items>", "items"), ("1st", "v1st"),
    ("été", "été"), ("a-b c", "a_bc"), ("None", "None_"), ("...", "t"),
])
def test_sanitise(hint: str, name: str) -> None:
    assert sanitise(hint) == name


def test_names_are_unique() -> None:
    names = Names()
    found = [names.fresh(h) for h in ("x", "x", "x_1", "x", "x_2", "y")]
    assert found == ["x", "x_1", "x_1_1", "x_2", "x_2_1", "y"]


def test_numbered_names_leave_wished_names_alone() -> None:
    names = Names(wished={"x", "x_1"})
    assert [names.fresh("x"), names.fresh("x"), names.fresh("x_1")] == ["x", "x_2", "x_1"]


def test_temporaries_yield_to_the_users_names() -> None:
    names = Names(wished={"t"})
    assert [names.fresh("t", yields=True), names.fresh("t "), names.fresh("t", yields=True)] == ["t_1", "t", "t_2"]
    assert sanitise("t _bar") == "t_bar"


@pytest.mark.parametrize(("obj", "text", "reference"), [
    (np.sin, "sin", "np.sin"), (np.abs, "np.abs", "np.abs"), (np.absolute, None, "np.absolute"),
    (np.linalg.norm, "norm", "np.linalg.norm"), (np.fft.fft, None, "np.fft.fft"), (math.sin, "sin", "math.sin"),
    (len, "len", "len"), (np.add.reduce, "np.add.reduce", "np.add.reduce"), (dict.fromkeys, None, "dict.fromkeys"),
    (np.float32, None, "np.float32"), (ValueError, "ValueError", "ValueError"),
    (np.random.normal, "normal", "np.random.normal"),
])
def test_references(obj: Any, text: str | None, reference: str) -> None:
    space = Namespace(Names())
    assert space.reference(obj, text) == reference
    scope: dict[str, Any] = {}
    exec("\n".join(space.imports), scope)
    assert eval(reference, scope) == obj
    assert not space.injected


def test_a_misleading_spelling_is_not_believed() -> None:
    assert Namespace(Names()).reference(np.cos, "np.sin") == "np.cos"


def test_support_functions_are_imported() -> None:
    space = Namespace(Names())
    assert space.reference(support.sum_to_shape) == "sum_to_shape"
    assert list(space.imports) == ["from ad_compiler.support import sum_to_shape"]


def test_other_objects_are_injected() -> None:
    space = Namespace(Names())
    partial = functools.partial(max, 1)
    first, second = space.reference(partial, "clip"), space.reference(functools.partial(min, 1), "clip")
    assert (first, second) == ("clip", "clip_1")
    assert space.injected[first] is partial
    assert space.reference(partial, "clip") == first


def test_taken_names_are_imported_under_others() -> None:
    names = Names(taken=("np", "len", "math"))
    space = Namespace(names)
    scope: dict[str, Any] = {}
    texts = [space.reference(np.sin), space.reference(len), space.reference(math.exp)]
    exec("\n".join(space.imports), scope)
    assert [eval(t, scope) for t in texts] == [np.sin, len, math.exp]
    assert not {"np.sin", "len", "math.exp"} & set(texts)
