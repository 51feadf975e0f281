"""Version cells: how in-place writes are noticed."""
from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runtime.core import Node, Recorded


class Version:
    """Counts in-place writes to one memory, and remembers where the latest ones were made."""

    __slots__ = ("n", "savers", "views", "writes")

    def __init__(self) -> None:
        self.n = 0
        self.savers: list[weakref.ref[Node]] | None = None  # nodes that saved a TracedArray of this memory
        self.writes: Any = ()  # the last few: (version after it, code object, instruction)
        self.views: list[weakref.ref[Recorded]] | None = None  # live views, to tell them when grad starts to flow

    def bump(self, place: tuple[Any, int]) -> None:
        """One more write, made at `place`."""
        self.n = n = self.n + 1
        if not self.writes:
            self.writes = deque(maxlen=8)
        self.writes.append((n, *place))


def show_gradient(cell: Version, base: Recorded) -> None:
    """Gradients flow to `base` from now on: its views, which share `cell`, show it too."""
    for ref in cell.views or ():
        view = ref()
        if view is not None and view._meta is not None and view._meta.base is base:
            view._req = True
    cell.views = None


INFERENCE_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.")


class NoVersion(Version):
    """Stands where an inference tensor has no version: asking for it, as saving does, raises."""

    def __init__(self) -> None:
        self.writes, self.views, self.savers = (), None, None

    @property
    def n(self) -> int:
        raise RuntimeError(INFERENCE_SAVED)

    def bump(self, place: tuple[Any, int]) -> None:
        """Writes are not counted."""
