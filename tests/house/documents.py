"""The documents' code blocks: finding them, and running those of one document in order as a reader would.

A ```python block is run. A ```text block that follows it directly (nothing but blank lines between) is what
the block prints, blank lines at the end aside; a line of only `...` in it stands for any number of lines.
"""
from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A ```python block with the output that the document shows for it, if it shows any."""

    code: str
    line: int
    output: str | None


def blocks(text: str) -> list[Block]:
    """The ```python blocks of a document, in order."""
    fences = list(FENCE.finditer(text))
    found = []
    for fence, following in zip_longest(fences, fences[1:]):
        if fence.group(1) != "python":
            continue
        shown = None
        adjacent = following is not None and not text[fence.end():following.start()].strip()
        if following is not None and adjacent and following.group(1) == "text":
            shown = following.group(2)
        found.append(Block(fence.group(2), text.count("\n", 0, fence.start()) + 2, shown))
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
        yield block, printed.getvalue()


def matches(shown: str, printed: str) -> bool:
    """Whether the printed text is what the document shows, `...` lines standing for anything."""
    lines = [line.rstrip() for line in shown.splitlines()]
    pattern = "".join(r"(?:.*\n)*" if line.strip() == "..." else re.escape(line) + r"\n" for line in lines)
    text = "".join(line.rstrip() + "\n" for line in printed.rstrip().splitlines())
    return re.fullmatch(pattern, text) is not None
