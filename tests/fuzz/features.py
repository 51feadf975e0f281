"""Which constructs a program uses, and how often the generator reaches for each."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations

#: Relative frequency of statement constructs where 1.0 is not right; expressions have tables of their own.
WEIGHTS: dict[str, float] = {
    "assign": 4.0, "augassign": 2.5, "element_store": 3.0, "element_update": 3.0, "slice_store": 3.0,
    "slice_update": 3.0, "overlap_update": 2.0, "alias_write": 2.0, "view_bind": 2.5, "array_assign": 3.0,
    "for_range": 3.0, "if": 3.0, "while_counter": 1.5, "early_return": 1.2, "break": 1.5, "continue": 1.5,
    "call_mutate": 6.0, "swap_buffers": 1.5, "constant_store": 1.5, "object_store": 5.0, "method_call": 5.0,
    "dict_new": 1.5, "dict_store": 6.0, "dict_loop": 5.0, "list_new": 2.0, "list_grow": 6.0,
    "list_store": 5.0, "list_pop": 3.0, "higher_order": 4.0, "match_constant": 2.0, "for_items": 1.5,
}


@dataclass
class Features:
    """Constructs of one program: what was used, and what was nested in what."""

    used: Counter[str] = field(default_factory=Counter)
    nested: set[tuple[str, str]] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)

    def note(self, feature: str) -> None:
        self.used[feature] += 1
        if self._open:
            self.nested.add((self._open[-1], feature))

    def enter(self, feature: str) -> None:
        self.note(feature)
        self._open.append(feature)

    def leave(self) -> None:
        self._open.pop()

    def mark(self) -> tuple[Counter[str], set[tuple[str, str]]]:
        """The state to go back to if what is being written turns out not to fit."""
        return self.used.copy(), set(self.nested)

    def rewind(self, mark: tuple[Counter[str], set[tuple[str, str]]]) -> None:
        self.used, self.nested = mark


@dataclass
class Coverage:
    """Features over many programs: how often each construct, each pair and each nesting was seen."""

    programs: int = 0
    single: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    nested: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, features: Features) -> None:
        self.programs += 1
        names = sorted(features.used)
        self.single.update(names)
        self.pairs.update(combinations(names, 2))
        self.nested.update(features.nested)

    def merge(self, other: Coverage) -> None:
        self.programs += other.programs
        self.single.update(other.single)
        self.pairs.update(other.pairs)
        self.nested.update(other.nested)

    def summary(self, title: str = "constructs") -> list[str]:
        """Lines for the report: constructs with counts, and the share of pairs seen together."""
        count = len(self.single)
        possible = count * (count - 1) // 2
        rows = [f"{title}: {count}; pairs seen together: {len(self.pairs)} of {possible}; "
                f"nestings: {len(self.nested)}"]
        cells = [f"{name} {times}" for name, times in self.single.most_common()]
        rows += ["  " + "  ".join(cell.ljust(26) for cell in cells[i:i + 4]) for i in range(0, count, 4)]
        missing = [pair for pair in combinations(sorted(self.single), 2) if pair not in self.pairs]
        if missing:
            some = ", ".join(f"{a}+{b}" for a, b in missing[:6])
            rows.append(f"  pairs never seen: {len(missing)}, e.g. {some}")
        return rows
