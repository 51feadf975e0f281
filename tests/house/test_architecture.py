"""docs/architecture.md tells the truth: its program goes through every stage, and its tables name what there is."""
from __future__ import annotations

import re
import tomllib
from fnmatch import filter as filter_names
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.house.documents import Block, blocks, matches, run
from tests.house.tree import ROOT, imports, modules

PAGE = ROOT / "docs" / "architecture.md"
TEXT = PAGE.read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# What must hold of the names that the walk-through leaves behind. It runs as the page's last block.
CHECKS = """
from ad_compiler.ir.verify import verify

slow = pipeline.Options(**pipeline.SLOW)
stages = [lowered.function, raw.function, tidied, fast.function, pair.fwd.function, pair.rev.function]
for stage in stages:
    verify(stage)
assert show(tidied) == show(fast.function)

x, rate, steps = np.linspace(0.0, 1.0, 5), 0.1, 3
by_step = np.array([settle(x + 1e-30j * e, rate, steps).imag / 1e-30 for e in np.eye(5)])
_, (by_slow,) = pipeline.compile_reverse(settle, signature, (("x",),), options=slow).call(x, rate, steps)
_, record = pair.fwd.call(x, rate, steps)
(once,), (again,) = pair.rev.call(record, 1.0), pair.rev.call(record, 1.0)
_, out_dot = pipeline.compile_forward(settle, signature, (("x",),)).call(x, rate, steps, np.ones(5))
for found in (x_bar, by_slow, once, again):
    np.testing.assert_allclose(found, by_step, rtol=1e-12)
np.testing.assert_allclose(out_dot, by_step.sum(), rtol=1e-12)
print("checked")
"""


def test_the_program_goes_through_every_stage(tmp_path: Path) -> None:
    walk = blocks(TEXT)
    *shown, last = run([*walk, Block(CHECKS, TEXT.count("\n") + 1)], tmp_path)
    for block, printed in shown:
        if block.output is not None:
            assert matches(block.output, printed), f"line {block.line} printed:\n{printed}"
    assert last[1] == "checked\n"


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a header, cell by cell."""
    _, _, after = TEXT.partition(f"| {heading} |")
    lines = after.splitlines()[2:]
    table = lines[:next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def parts() -> set[str]:
    """The folders with modules, and the modules, directly in the product's packages."""
    found = {"runtime/", "ad_compiler/__init__.py"}
    for name, path in modules().items():
        package, *inner = name.split(".")
        if package == "ad_compiler" and inner and (len(inner) > 1 or path.name != "__init__.py"):
            found.add(f"{inner[0]}/" if len(inner) > 1 else f"{inner[0]}.py")
    return found


def test_the_table_of_layers_names_every_part() -> None:
    named = {part for row in rows("part") for part in quoted(row[0])}
    assert [part for part in sorted(parts()) if not any(fnmatch(part, pattern) for pattern in named)] == []
    assert [pattern for pattern in sorted(named) if not filter_names(sorted(parts()), pattern)] == []


def test_the_table_of_dependencies_names_every_one() -> None:
    extras = PROJECT["optional-dependencies"].values()
    declared = {re.split(r"[\[<>=]", text)[0] for group in [PROJECT["dependencies"], *extras] for text in group}
    assert {name for row in rows("dependency") for name in quoted(row[0].partition("(extra")[0])} == declared


@pytest.mark.parametrize(("library", "where"), [
    ("optree", None), ("numba", "ad_compiler.native"),
    ("platformdirs", "ad_compiler.backend"),
])
def test_dependencies_are_used_where_the_page_says(library: str, where: str | None) -> None:
    users = [name for name in modules() if any(found.target.partition(".")[0] == library for found in imports(name))]
    assert all(where is not None and user.startswith(where) for user in users), users
    assert bool(users) is (where is not None)


def test_files_that_the_page_names_exist() -> None:
    tail = TEXT.partition("## Decisions")[2]
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?|[a-z_]+\.py)[`:]", tail))
    assert len(named) > 10
    assert sorted(n for n in named if not (ROOT / n).exists() and not (ROOT / "ad_compiler" / n).exists()) == []
