"""docs/coverage.md says what the table holds, and every public NumPy callable is accounted for."""
from __future__ import annotations

import re

import numpy as np
import pytest

from ad_compiler.rules import coverage
from ad_compiler.rules.coverage_reasons import REASONS, versions
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "coverage.md"
REQUIRED_FORMS = 320


def test_page_is_up_to_date() -> None:
    pytest.importorskip("scipy")
    written, now = PAGE.read_text(), coverage.page()
    made = re.search(r"with ((?:, )?\w+ \d+\.\d+)+", written)
    assert made is not None
    if versions() not in written:
        pytest.skip(f"the page was made {made[0]}")
    assert written == now, "write it anew: python -m ad_compiler.rules.coverage docs/coverage.md"


def test_no_callable_is_missing_without_a_reason() -> None:
    """A new NumPy release shows its new names here."""
    unexplained = [f"{title}: {one.name}" for title, entries in coverage.numpy_sections() for one in entries
                   if one.support.reason == "no rule"]
    assert unexplained == []


def test_reasons_are_about_functions_without_rows() -> None:
    for title, entries in coverage.numpy_sections():
        explained = [one.name for one in entries if one.row is not None and one.name in REASONS]
        assert explained == [], title


def test_enough_forms_have_derivatives() -> None:
    assert coverage.forms(coverage.numpy_sections()) >= REQUIRED_FORMS


def test_supports() -> None:
    assert coverage.supports(np.tanh).status == "derivative"
    assert coverage.supports(np.floor) and coverage.supports(np.floor).reason == "piecewise constant"
    assert not coverage.supports(np.load)
    assert coverage.supports(lambda x: x).reason == "no rule"
    assert coverage.supports(np.random.default_rng(0).normal).status == "derivative"


def test_classes_methods_and_attributes_are_classified() -> None:
    assert coverage.supports(np.float32).status == "structure"
    assert coverage.supports(np.int64).status == "zero"
    assert not coverage.supports(np.matrix)
    sections = dict(coverage.numpy_sections())
    methods = {one.name: one.support for one in sections["methods of ufuncs"]}
    ufuncs = [u for name, u in vars(np).items() if isinstance(u, np.ufunc) and u.__name__ == name]
    assert len(methods) == len(ufuncs) * len(coverage.UFUNC_METHODS)
    assert methods["add.reduce"].status == "derivative" and methods["sin.reduce"].status == "none"
    known = {one.name for title in ("methods of arrays", "attributes of arrays") for one in sections[title]}
    assert {name for name in dir(np.ndarray) if not name.startswith("_")} <= known


# Compiled in seconds, with loops in loops: tested by hand.
SLOW_SERIES = {f"{prefix}{name}" for prefix in ("leg", "herm", "herme", "lag") for name in ("div", "pow")}


def test_series_that_are_read_are_called_in_a_test() -> None:
    called = (ROOT / "tests" / "rules" / "calls" / "numpy.txt").read_text()
    for module, entries in coverage.series_sections():
        read = {one.name for one in entries if one.support.note == coverage.READ} - SLOW_SERIES
        assert {name for name in read if f"{module.split('.')[-1]}.{name}(" not in called} == set(), module
