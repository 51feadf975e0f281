"""The lines of the text being written: indentation, the user's comments, and the remarks on adjoints."""
from __future__ import annotations

from ..ir import nodes as ir

INDENT = "    "
WIDTH = 110
_HEADERS = ("for ", "while ", "if ", "elif ", "else:", "with ", "try:", "break", "continue")


class Lines:
    """Collects lines. A statement of the user's brings its comments with it, once; the first line of each group of
    adjoint statements says which statement they belong to."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.indent = INDENT
        self.origin: ir.Origin | None = None
        self._commented: set[tuple[str, int]] = set()

    def room(self) -> int:
        """How long the operands of a statement may be, its target and operators left aside."""
        return WIDTH - len(self.indent) - 18

    def add(self, text: str, origin: ir.Origin | None = None) -> None:
        """A line of a statement that comes from `origin`."""
        if origin is not None and origin is not self.origin:
            self._remark(origin)
            if origin.behind and not origin.ours and (origin.file, -origin.line) not in self._commented:
                self._commented.add((origin.file, -origin.line))
                text = f"{text}  {origin.behind}"
        self.lines.append(self.indent + text)

    def plain(self, text: str, steps: int = 0) -> None:
        """A line without remark, `steps` further in."""
        self.lines.append(f"{self.indent}{INDENT * steps}{text}")

    def header(self, text: str, origin: ir.Origin | None) -> None:
        """The first line of a compound statement; adjoints are remarked on inside it."""
        if origin is not None and origin.adjoint:
            self.origin = None
            self.lines.append(self.indent + text)
        else:
            self.add(text, origin)

    def _remark(self, origin: ir.Origin) -> None:
        before, self.origin = self.origin, origin
        if origin == before:
            return
        if origin.adjoint:
            if origin.text and not origin.text.startswith(_HEADERS):
                room = WIDTH - len(self.indent) - 14
                text = origin.text if len(origin.text) <= room else origin.text[:room - 4] + " ..."
                self.lines.append(f"{self.indent}# adjoint of: {text}")
        elif origin.comments and (origin.file, origin.line) not in self._commented:
            self._commented.add((origin.file, origin.line))
            self.lines += [self.indent + c for c in origin.comments]

    def wrapped(self, word: str, names: list[str]) -> None:
        """A statement of a word and names, as several where a line is full."""
        while names:
            count = len(names)
            while count > 1 and len(self.indent) + len(word) + len(", ".join(names[:count])) > WIDTH:
                count -= 1
            self.lines.append(f"{self.indent}{word}{', '.join(names[:count])}")
            names = names[count:]

    def comment(self, text: str) -> None:
        """A comment line of ours, set off by an empty line."""
        self.origin = None
        if self.lines and not self.lines[-1].endswith((":", '"""')):
            self.lines.append("")
        self.lines.append(f"{self.indent}{text if text.startswith('#') else f'# {text}'}")

    def enter(self) -> int:
        """Go one step in. Gives the number of lines so far, for `leave`."""
        self.indent += INDENT
        return len(self.lines)

    def leave(self, start: int) -> None:
        """Go one step out; an empty block says `pass`."""
        if len(self.lines) == start:
            self.lines.append(f"{self.indent}pass")
        self.indent = self.indent[:-len(INDENT)]
        if self.origin is not None and self.origin.adjoint:
            self.origin = None


def docstring(doc: str) -> list[str]:
    """A docstring's lines, escaped and indented."""
    text = doc.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    lines = text.splitlines()
    if len(lines) == 1:
        return [f'{INDENT}"""{text}"""']
    return [f'{INDENT}"""{lines[0]}', *(f"{INDENT}{line}".rstrip() for line in lines[1:]), f'{INDENT}"""']
