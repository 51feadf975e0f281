"""The graph of a result as a picture: DOT text, or an SVG file drawn here, without graphviz.

>>> import runtime as torch
>>> from runtime import viz
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> print(viz.dot((x * 2).sum(), {"x": x}))
digraph {
  rankdir=BT
  node [shape=box style=filled fontname=monospace]
  n0 [label="result ()" fillcolor="#f4b6a6"]
  n1 [label="SumBackward0" fillcolor="#d9d9d9"]
  n2 [label="MulBackward0" fillcolor="#d9d9d9"]
  n3 [label="x (2)" fillcolor="#a8c8ec"]
  n1 -> n0
  n2 -> n1
  n3 -> n2
}

Arrows point the way values flowed. Leaves are blue, operations grey, saved values orange, the result red.
"""
from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from runtime.arithmetic_nodes import SavesTwo
from runtime.core import AccumulateGrad, Recorded
from runtime.row_node import RowNode
from runtime.saved import SavedOut

COLOURS = {"leaf": "#a8c8ec", "operation": "#d9d9d9", "saved": "#f8d9a0", "result": "#f4b6a6"}
WIDTH, HEIGHT, ACROSS, DOWN, LETTER = 70, 26, 24, 34, 7.3


class Box(NamedTuple):
    """Something in the picture."""

    label: str
    kind: str


class Picture(NamedTuple):
    """Boxes, and arrows as pairs of their numbers."""

    boxes: list[Box]
    arrows: list[tuple[int, int]]


def picture(result: Any, names: Mapping[str, Any] | None = None, saved: bool = False) -> Picture:
    """What there is to draw of the graph of a tensor.

    `names` gives tensors (or a module's `dict(named_parameters())`) their names; with `saved`, the shapes of what
    each operation keeps for backward are drawn too. Raises ValueError for a tensor without a graph.
    """
    if result.grad_fn is None and not result.requires_grad:
        raise ValueError("the tensor has no graph: no gradient flows to it")
    known = {id(t): name for name, t in (names or {}).items()}
    boxes = [Box(f"result {_shape(result)}", "result")]
    arrows: list[tuple[int, int]] = []
    if result.grad_fn is None:
        return Picture([Box(f"{known.get(id(result), 'leaf')} {_shape(result)}", "leaf")], [])
    numbers: dict[Any, int] = {}
    todo: list[tuple[Any, int]] = [(result.grad_fn, 0)]
    while todo:
        node, above = todo.pop()
        if node in numbers:
            arrows.append((numbers[node], above))
            continue
        number = numbers[node] = len(boxes)
        boxes.append(_box(node, known))
        arrows.append((number, above))
        if saved:
            for text in _saved(node, known):
                arrows.append((len(boxes), number))
                boxes.append(Box(text, "saved"))
        todo += [(n, number) for n, _ in reversed(node.next_functions) if n is not None]
    return Picture(boxes, arrows)


def _shape(t: Any) -> str:
    return "(" + ", ".join(map(str, t._data.shape)) + ")"


def _box(node: Any, known: Mapping[int, str]) -> Box:
    if isinstance(node, AccumulateGrad):
        return Box(f"{known.get(id(node.variable), 'leaf')} {_shape(node.variable)}", "leaf")
    return Box(node.name(), "operation")


def _saved(node: Any, known: Mapping[int, str]) -> list[str]:
    """What the node keeps for backward, in words."""
    if isinstance(node, RowNode):
        kept = list(node.saved or ())
    elif isinstance(node, SavesTwo):
        kept = [node.x, node.y]
    else:
        kept = [value for value, _ in getattr(node, "_saved", None) or ()]
    texts = []
    for value in kept:
        if isinstance(value, Recorded):
            texts.append(f"saved {known.get(id(value), 'tensor')} {_shape(value)}")
        elif type(value) is SavedOut:
            texts.append("saved result (" + ", ".join(map(str, value.data.shape)) + ")")
    return texts


def dot(result: Any, names: Mapping[str, Any] | None = None, saved: bool = False) -> str:
    """The graph of a tensor in graphviz's language; the arguments are those of `picture`."""
    boxes, arrows = picture(result, names, saved)
    lines = ["digraph {", "  rankdir=BT", "  node [shape=box style=filled fontname=monospace]"]
    for k, box in enumerate(boxes):
        label = box.label.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  n{k} [label="{label}" fillcolor="{COLOURS[box.kind]}"]')
    return "\n".join([*lines, *(f"  n{a} -> n{b}" for a, b in arrows), "}"])


def svg(result: Any, names: Mapping[str, Any] | None = None, saved: bool = False) -> str:
    """The graph of a tensor as the text of an SVG picture: the result at the bottom, leaves above."""
    boxes, arrows = picture(result, names, saved)
    rows = _rows(len(boxes), arrows)
    widths = [max(WIDTH, LETTER * len(box.label) + 14) for box in boxes]
    lengths = [sum(widths[k] for k in row) + ACROSS * (len(row) - 1) for row in rows]
    width = max(lengths) + 2 * ACROSS
    height = len(rows) * (HEIGHT + DOWN) + ACROSS
    places: dict[int, tuple[float, float]] = {}
    for depth, (row, length) in enumerate(zip(rows, lengths, strict=True)):
        x = (width - length) / 2
        y = height - ACROSS / 2 - HEIGHT - depth * (HEIGHT + DOWN)
        for k in row:
            places[k] = (x + widths[k] / 2, y)
            x += widths[k] + ACROSS
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
             'font-family="monospace" font-size="12" text-anchor="middle">',
             '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
             'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>']
    for a, b in arrows:
        (x1, y1), (x2, y2) = places[a], places[b]
        parts.append(f'<path d="M{x1:.1f} {y1 + HEIGHT:.1f}C{x1:.1f} {y1 + HEIGHT + DOWN / 2:.1f} {x2:.1f} '
                     f'{y2 - DOWN / 2:.1f} {x2:.1f} {y2:.1f}" fill="none" stroke="black" marker-end="url(#tip)"/>')
    for k, box in enumerate(boxes):
        x, y = places[k]
        parts.append(f'<rect x="{x - widths[k] / 2:.1f}" y="{y:.1f}" width="{widths[k]:.1f}" height="{HEIGHT}" rx="4" '
                     f'fill="{COLOURS[box.kind]}" stroke="black"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 17:.1f}">{html.escape(box.label)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def save(result: Any, path: str | Path, names: Mapping[str, Any] | None = None, saved: bool = False) -> Path:
    """Write the graph of a tensor to a file: SVG, or DOT if the name ends in ".dot" or ".gv". Returns the path."""
    target = Path(path)
    draw = dot if target.suffix in (".dot", ".gv") else svg
    target.write_text(draw(result, names, saved), encoding="utf-8")
    return target


def _rows(count: int, arrows: list[tuple[int, int]]) -> list[list[int]]:
    """Boxes by their longest distance from the result, each row ordered by where its arrows lead."""
    above: dict[int, list[int]] = {k: [] for k in range(count)}
    waiting = [0] * count
    for a, b in arrows:
        above[b].append(a)
        waiting[a] += 1
    depth = [0] * count
    ready = [0]
    while ready:
        k = ready.pop()
        for a in above[k]:
            depth[a] = max(depth[a], depth[k] + 1)
            waiting[a] -= 1
            if not waiting[a]:
                ready.append(a)
    rows: list[list[int]] = [[] for _ in range(max(depth) + 1)]
    for k in range(count):
        rows[depth[k]].append(k)
    column = {0: 0.0}
    for row in rows[1:]:
        goals = {k: [column[b] for a, b in arrows if a == k and b in column] for k in row}
        row.sort(key=lambda k: sum(goals[k]) / len(goals[k]))
        column |= {k: (i + 0.5) / len(row) - 0.5 for i, k in enumerate(row)}
    return rows


__all__ = ["dot", "picture", "save", "svg"]
