"""Every file is finished text: nothing left to do, nothing of one machine, nothing invisible."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

TEXT = (".py", ".md", ".toml", ".yml", ".txt", ".cfg")

# Each pattern is written so that it does not match its own text.
UNWANTED = {
    "left to do": re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HAC[K])\b"),
    "a path of one machine": re.compile(r"(?<![\w.~$}])/(?:home|root|opt|work|Users|tmp)/\w"),
    "a debugger call": re.compile(r"^\s*(?:break[p]oint\(\)|import [p]db\b|[p]db\.set_trace)", re.MULTILINE),
    "a conflict marker": re.compile(r"^(?:<{7}|={7}|>{7})(?: |$)", re.MULTILINE),
    "trailing space": re.compile(r"[ \t]+$", re.MULTILINE),
    "a tab": re.compile(r"\t"),
    "an invisible character": re.compile("[\u200b\u200e\u200f\u2028\u2029\u00a0\ufeff]"),
}
# Folders whose files are compared byte for byte with output, or hold text made to be odd.
EXACT = ("tests/golden", "tests/fuzz/found")


def problems(text: str) -> list[str]:
    """What is wrong with a text, with line numbers."""
    found = []
    for name, pattern in UNWANTED.items():
        lines = [text.count("\n", 0, match.start()) + 1 for match in pattern.finditer(text)]
        found += [f"line {line}: {name}" for line in lines]
    if text and not text.endswith("\n"):
        found.append("no newline at the end")
    if text.endswith("\n\n"):
        found.append("blank lines at the end")
    return found


def checked() -> list[Path]:
    return [path for path in files(*TEXT) if not path.relative_to(ROOT).as_posix().startswith(EXACT)]


def test_text_is_clean() -> None:
    found = {path.relative_to(ROOT).as_posix(): problems(path.read_text()) for path in checked()}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(("text", "wrong"), [
    ("x = 1  # TO" + "DO later\n", "left to do"),
    ("path = '/ho" + "me/someone/x'\n", "a path of one machine"),
    ("    break" + "point()\n", "a debugger call"),
    ("<" * 7 + " ours\n", "a conflict marker"),
    ("x = 1 \n", "trailing space"),
    ("\tx = 1\n", "a tab"),
    ("x\u200b = 1\n", "an invisible character"),
    ("x = 1", "no newline at the end"),
    ("x = 1\n\n", "blank lines at the end"),
])
def test_each_problem_is_seen(text: str, wrong: str) -> None:
    assert any(wrong in problem for problem in problems(text))


def test_ordinary_text_is_not_blamed() -> None:
    assert problems("ratio = time/work/1000\nsee docs/recipes.md and ~/tmp/x\n") == []
