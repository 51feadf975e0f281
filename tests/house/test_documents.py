"""Every ```python block of the README and of docs/ runs, and prints what the document says it prints."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.documents import DOCUMENTS, Block, blocks, matches, refreshed, run
from tests.house.tree import ROOT

WITH_CODE = [path for path in DOCUMENTS if blocks(path.read_text())]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", WITH_CODE, ids=name)
def test_code_runs_and_prints_what_is_shown(document: Path, tmp_path: Path) -> None:
    for block, printed in run(blocks(document.read_text()), tmp_path):
        if block.output is not None:
            assert matches(block.output, printed), f"line {block.line} printed:\n{printed}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_has_code() -> None:
    assert ROOT / "README.md" in WITH_CODE


def test_blocks_are_found_with_their_output() -> None:
    text = "A\n```python\nx = 1\nprint(x)\n```\n\n```text\n1\n```\n\n```sh\nls\n```\n```python\ny = 2\n```\n"
    first, second = blocks(text)
    assert (first.code, first.line, first.output) == ("x = 1\nprint(x)\n", 3, "1\n")
    assert text[first.place[0]:first.place[1]] == "1\n"
    assert second == Block("y = 2\n", 15)


def test_blocks_share_names_and_have_source(tmp_path: Path) -> None:
    program = [
        Block("def f(x):\n    return x\n", 1),
        Block("import inspect\nprint(inspect.getsource(f))\n", 5),
    ]
    assert [printed for _, printed in run(program, tmp_path)] == ["", "def f(x):\n    return x\n"]


def test_a_document_is_refreshed(tmp_path: Path) -> None:
    text = "```python\nprint(1)\n```\n\n```text\n2\n```\n\n```python\nprint(3)\n```\n\n```text\n...\n```\n"
    assert refreshed(text, tmp_path) == text.replace("\n2\n", "\n1\n")


@pytest.mark.parametrize(("shown", "printed", "expected"), [
    ("a\nb\n", "a\nb\n", True),
    ("a\n...\nd\n", "a\nb\nc\nd\n", True),
    ("a\n...\nd\n", "a\nd\n", True),
    ("a\n...\nd\n", "a\nb\nc\n", False),
    ("a\n", "a\nb\n", False),
    ("f(x)\n", "f(x) \n", True),
    ("1.5\n", "125\n", False),
])
def test_shown_output_is_compared_exactly(shown: str, printed: str, expected: bool) -> None:
    assert matches(shown, printed) is expected
