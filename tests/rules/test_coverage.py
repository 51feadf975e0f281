"""docs/coverage.md says what the table holds, and every public NumPy callable is accounted for."""
from __future__ import annotations

import re

import numpy as np
import pytest

from ad_compiler.rules import coverage
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "coverage.md"
REQUIRED_FORMS = 320


def test_page_is_up_to_date() -> None:
    pytest.importorskip("scipy")
    written = PAGE.read_text()
    version = re.search(r"with NumPy (\d+\.\d+)", written)
    assert version is not None
    if version[1] != ".".join(np.__version__.split(".")[:2]):
        pytest.skip(f"the page was made with NumPy {version[1]}")
    assert written == coverage.page(), "write it anew: python -m ad_compiler.rules.coverage docs/coverage.md"


def test_no_callable_is_missing_without_a_reason() -> None:
    """A new NumPy release shows its new names here."""
    unexplained = [f"{title}: {one.name}" for title, entries in coverage.numpy_sections() for one in entries
                   if one.support.reason == "no rule"]
    assert unexplained == []


def test_reasons_are_about_functions_without_rows() -> None:
    for title, entries in coverage.numpy_sections():
        explained = [one.name for one in entries if one.row is not None and one.name in coverage.REASONS]
        assert explained == [], title


def test_enough_forms_have_derivatives() -> None:
    assert coverage.forms(coverage.numpy_sections()) >= REQUIRED_FORMS


def test_supports() -> None:
    assert coverage.supports(np.tanh).status == "derivative"
    assert coverage.supports(np.floor) and coverage.supports(np.floor).reason == "piecewise constant"
    assert not coverage.supports(np.load)
    assert coverage.supports(lambda x: x).reason == "no rule"
    assert coverage.supports(np.random.default_rng(0).normal).status == "derivative"
