"""A picture of a run: for each program, how many primals a gradient costs by each library."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIDES = {"gradient": ("o", "ad_compiler"), "by hand": ("|", "by hand"), "torch": ("s", "PyTorch"),
         "autograd": ("^", "autograd"), "mygrad": ("v", "MyGrad"), "tangent": ("D", "tangent-ad"),
         "jax jit": ("x", "JAX jit")}


def draw(rows: Sequence[dict[str, Any]], path: Path) -> str:
    """Write the picture of one size, the middle one of those measured; what happened, in a sentence."""
    try:
        import matplotlib
    except ImportError:
        return "no picture: matplotlib is not installed"
    matplotlib.use("agg")
    from matplotlib import pyplot

    sizes = list(dict.fromkeys(row["size"].split()[0] for row in rows))
    size = sizes[len(sizes) // 2]
    shown = [row for row in rows if row["size"].startswith(size)]
    figure, axes = pyplot.subplots(figsize=(8.0, 1.5 + 0.25 * len(shown)), layout="constrained")
    for side, (marker, label) in SIDES.items():
        points = [(row[side] / row["primal"], line) for line, row in enumerate(shown) if row[side] is not None]
        if points:
            axes.plot(*zip(*points, strict=True), marker, label=label, markersize=9 if marker == "|" else 5,
                      fillstyle="none" if marker != "o" else "full")
    axes.set_yticks(range(len(shown)), [row["program"].replace("_", " ") for row in shown])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.axvline(1.0, color="grey", linewidth=0.5)
    axes.grid(axis="x", which="both", linewidth=0.2)
    axes.set_xlabel(f"value and gradient, in times of the NumPy primal ({size} size)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, frameon=False, fontsize="small")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)
    return f"picture: {path.name}"
