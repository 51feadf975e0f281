"""The documents' code blocks: finding them, and running those of one document in order as a reader would.

A ```python block is run. A ```text block that follows it directly (nothing but blank lines between) is what
the block prints, blank lines at the end aside; a line of only `...` in it stands for any number of lines.

`python -m tests.house.documents` (`make docs`) writes what the blocks print now into the documents, to be
reviewed like code; a block that shows `...` is left alone where it still matches.
"""
from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tests.house.tree import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True)
class Block:
    """A ```python block; `output` is what the document shows for it, if anything, and `place` where."""

    code: str
    line: int
    output: str | None = None
    place: tuple[int, int] = (0, 0)


def blocks(text: str) -> list[Block]:
    """The ```python blocks of a document, in order."""
    fences = list(FENCE.finditer(text))
    found = []
    for fence, following in zip_longest(fences, fences[1:]):
        if fence.group(1) != "python":
            continue
        line = text.count("\n", 0, fence.start()) + 2
        adjacent = following is not None and not text[fence.end():following.start()].strip()
        if adjacent and following.group(1) == "text":
            found.append(Block(fence.group(2), line, following.group(2), following.span(2)))
        else:
            found.append(Block(fence.group(2), line))
    return found


def run(blocks: list[Block], folder: Path) -> Iterator[tuple[Block, str]]:
    """Run blocks one after another in one namespace; yields each with what it printed.

    Every block becomes a file in `folder`, so that its functions have a source text.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks:
        path = folder / f"line_{block.line}.py"
        path.write_text(block.code)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.code, str(path), "exec"), namespace)
        yield block, trimmed(printed.getvalue())


def trimmed(text: str) -> str:
    """A text without spaces at the ends of its lines and without blank lines at its end."""
    return "".join(line.rstrip() + "\n" for line in text.rstrip().splitlines())


def matches(shown: str, printed: str) -> bool:
    """Whether the printed text is what the document shows, `...` lines standing for anything."""
    lines = trimmed(shown).splitlines()
    pattern = "".join(r"(?:.*\n)*" if line.strip() == "..." else re.escape(line) + r"\n" for line in lines)
    return re.fullmatch(pattern, trimmed(printed)) is not None


def refreshed(text: str, folder: Path) -> str:
    """The document with the output that its blocks print now."""
    results = list(run(blocks(text), folder))
    for block, printed in reversed(results):
        if block.output is not None and not matches(block.output, printed):
            start, end = block.place
            text = text[:start] + printed + text[end:]
    return text


def main() -> None:
    for path in DOCUMENTS:
        with tempfile.TemporaryDirectory() as folder:
            old = path.read_text()
            new = refreshed(old, Path(folder))
        if new != old:
            path.write_text(new)
            print(f"rewritten: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
