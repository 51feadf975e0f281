"""The tutorials print what they should, under `runtime` and, where it is installed, under torch."""
from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "tutorials"
NAMES = ("backward_and_grad", "graph_walk", "custom_function", "accumulation_and_views", "double_backward")


def printed(name: str, module: str) -> str:
    """What a tutorial prints with `module` in torch's place."""
    source = (ROOT / "examples" / f"tutorial_{name}.py").read_text(encoding="utf-8")
    if module == "torch":
        source = source.replace("import runtime as torch", "import torch").replace("from runtime", "from torch")
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exec(compile(source, name, "exec"), {"__name__": "__main__"})
    return text.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_output(name: str) -> None:
    assert printed(name, "runtime") == (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.torch
@pytest.mark.parametrize("name", NAMES)
def test_torch_prints_the_same(name: str) -> None:
    pytest.importorskip("torch", reason="real PyTorch is not installed: nothing to compare with")
    assert printed(name, "torch") == (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")


def test_the_second_derivative_of_a_square_is_still_recorded() -> None:
    import runtime as torch

    x = torch.ones(2, requires_grad=True)
    (first,) = torch.autograd.grad((x**2).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    assert repr(second) == "tensor([2., 2.], grad_fn=<MulBackward0>)"
