"""A compiled function called with tensors is one node of their graph, and behaves like any other."""
from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
import runtime as torch
from runtime.autograd import forward_ad
from tests.runtime_mix import programs

pytestmark = pytest.mark.filterwarnings("ignore::ad_compiler.bridge.TapeFallback")


def leaf(*values: Any, dtype: Any = torch.float64) -> Any:
    """A tensor that requires grad."""
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=dtype, requires_grad=True)


def by_tape(x: Any, k: Any) -> Any:
    """`programs.energy` written with tensor operations."""
    return 0.5 * k * (x * x * x.sin()).sum()


def test_it_is_one_node() -> None:
    x, k = leaf(1.0, 2.0), leaf(3.0)
    y = ad.compiled(programs.energy)(x * 2, k)
    assert repr(y).endswith("grad_fn=<EnergyBackward>)") and y.grad_fn.name() == "EnergyBackward"
    assert [type(n).__name__ for n, _ in y.grad_fn.next_functions] == ["MulBackward0", "AccumulateGrad"]


@pytest.mark.parametrize("name", ["energy", "relax", "unread", "writes"])
def test_first_and_second_derivative(name: str) -> None:
    x, k = leaf(0.3, -0.7, 1.1), leaf(0.8)
    step = ad.compiled(getattr(programs, name))
    assert torch.autograd.gradcheck(step, (x, k)) and torch.autograd.gradgradcheck(step, (x, k))
    assert x.tolist() == [0.3, -0.7, 1.1]  # the function sees copies


def test_any_order_agrees_with_the_tape() -> None:
    def third(f: Any) -> list[float]:
        x, k = leaf(0.3, -0.7), leaf(0.8)
        g, = torch.autograd.grad(f(x, k), x, create_graph=True)
        h, m = torch.autograd.grad((g * g).sum(), (x, k), create_graph=True)
        return [*torch.autograd.grad(h.sum() * m, x)[0].tolist(), m.item()]
    assert third(ad.compiled(programs.energy)) == pytest.approx(third(by_tape), rel=1e-12)


def test_no_grad_and_plain_arrays() -> None:
    x = leaf(1.0, 2.0)
    step = ad.compiled(programs.energy)
    with torch.no_grad():
        assert step(x, 2.0).grad_fn is None
    assert step(x.detach(), 2.0).grad_fn is None
    assert isinstance(step(np.array([1.0, 2.0]), 2.0), float)
    at = np.array([1.0, 2.0]), 2.0
    assert ad.grad(step)(*at) == pytest.approx(ad.grad(programs.energy)(*at))


def test_second_backward_and_retain_graph() -> None:
    x = leaf(1.0, 2.0)
    y = ad.compiled(programs.energy)(x, 2.0)
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time") as raised:
        y.backward()
    assert "EnergyBackward" in str(raised.value) and "test_compiled_steps.py" in str(raised.value)


@pytest.mark.parametrize("name", ["both", "unread_both"])
def test_an_argument_given_twice(name: str) -> None:
    """Each place has a gradient of its own, in recorded backwards too."""
    step = ad.compiled(getattr(programs, name))
    x = leaf(0.3, -0.7)
    assert torch.autograd.gradcheck(lambda x: step(x, x), (x,))
    assert torch.autograd.gradgradcheck(lambda x: step(x, x), (x,))


def test_hooks_see_the_gradients() -> None:
    x = leaf([[1.0, 2.0]])
    w = leaf([[0.1, 0.2], [0.3, 0.4]])
    seen: list[Any] = []
    y = ad.compiled(programs.layer)(x, w)
    y.register_hook(lambda g: seen.append(g.clone()) or g * 2)
    y.grad_fn.register_hook(lambda grads, outs: seen.append((grads[0].shape, outs[0].tolist())))
    y.sum().backward()
    assert seen[0].tolist() == [[1.0, 1.0]] and seen[1] == (x.shape, [[2.0, 2.0]])


def test_in_the_middle_of_a_module() -> None:
    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.w = torch.nn.Linear(3, 2, dtype=torch.float64), torch.nn.Parameter(
                torch.ones(2, 2, dtype=torch.float64))

        def forward(self, x: Any) -> Any:
            return ad.compiled(programs.layer)(self.first(x), self.w).sum()

    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = model(torch.ones(4, 3, dtype=torch.float64))
    before.backward()
    optimizer.step()
    assert model.first.weight.grad is not None and model(torch.ones(4, 3, dtype=torch.float64)) < before


def test_structures_and_numbers() -> None:
    u, v = leaf(1.0, 2.0), leaf(3.0)
    r = ad.compiled(programs.parts)({"u": u, "v": v}, 5)
    assert r["b"][1] == 5 and r["a"].grad_fn is r["b"][0].grad_fn and r["b"][0].output_nr == 1
    (r["a"].sum() + 2 * r["b"][0]).backward()
    assert u.grad.tolist() == pytest.approx([3 * np.cos(1.0) + 2, 3 * np.cos(2.0) + 2])
    assert v.grad.item() == pytest.approx(np.sin(1.0) + np.sin(2.0))


def test_dtypes_and_complex_gradients() -> None:
    x = leaf(1.0, 2.0, dtype=torch.float32)
    y = ad.compiled(lambda x: np.sum(x ** 3))(x)
    y.backward()
    assert y.dtype is torch.float32 and x.grad.dtype is torch.float32
    z, w = leaf(1 + 2j, 3j, dtype=torch.complex128), leaf(1 + 2j, 3j, dtype=torch.complex128)
    ad.compiled(lambda z: np.sum((z * z * np.conj(z)).real))(z).backward()
    (w * w * w.conj()).real.sum().backward()
    assert z.grad.tolist() == w.grad.tolist()


def test_an_operand_overwritten_before_a_recorded_backward() -> None:
    base = leaf(1.0, 2.0)
    x = base * 1
    y = ad.compiled(programs.energy)(x, 2.0)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(y, base, create_graph=True)


def test_nothing_is_kept_alive() -> None:
    x = leaf(1.0, 2.0)
    y = ad.compiled(programs.energy)(x, 2.0)
    gone = weakref.ref(y.grad_fn)
    gc.disable()
    try:
        del y
        assert gone() is None
    finally:
        gc.enable()


def test_gradients_called_with_tensors() -> None:
    x, k = leaf(0.3, -0.7), leaf(0.8)
    value, gradient = ad.value_and_grad(programs.energy)(x, k)
    assert type(value.grad_fn).__name__ == "EnergyBackward"
    (value + (gradient * gradient).sum()).backward()
    y, m = leaf(0.3, -0.7), leaf(0.8)
    reference = by_tape(y, m)
    g, = torch.autograd.grad(reference, y, create_graph=True)
    (reference + (g * g).sum()).backward()
    assert x.grad.tolist() == pytest.approx(y.grad.tolist()) and k.grad.item() == pytest.approx(m.grad.item())
    assert type(ad.grad(programs.energy)(x, k).grad_fn).__name__ == "EnergyGradBackward"


def test_vjp_and_jvp_of_tensors() -> None:
    x, k, b = leaf(0.3, -0.7), leaf(0.8), leaf(1.5)
    out, pullback = ad.vjp(programs.energy, x, k)
    assert out.requires_grad
    assert torch.autograd.gradcheck(lambda x, k, b: ad.vjp(programs.energy, x, k)[1](b)[0], (x, k, b))
    assert pullback(torch.tensor(1.0, dtype=torch.float64))[1].item() == pytest.approx(by_tape(x, 1.0).item())
    along = leaf(1.0, 2.0)
    assert torch.autograd.gradcheck(lambda x, k, t: ad.jvp(programs.energy, (x, k), (t, 0.0))[1], (x, k, along))


def test_a_hessian_of_tensors() -> None:
    x = leaf(0.3, -0.7)
    h = ad.hessian(lambda x: np.sum(x ** 3))(x)
    assert np.allclose(h.detach().numpy(), np.diag([1.8, -4.2]))
    assert torch.autograd.grad(h.sum(), x)[0].tolist() == pytest.approx([6.0, 6.0])


def test_keyword_only_parameters_are_refused() -> None:
    @ad.compiled
    def scaled(x: Any, *, by: float) -> Any:
        return np.sum(x * by)

    assert scaled(np.ones(2), by=3.0) == 6.0
    with pytest.raises(TypeError, match="keyword-only"):
        scaled(leaf(1.0), by=3.0)


@ad.compiled
def stiff_energy(position, stiffness):
    total = 0.0
    for i in range(1, position.shape[0]):
        total += 0.5 * stiffness * (position[i] - position[i - 1]) ** 3
    return total, position * stiffness


def test_dual_tensors_go_through_compiled_code() -> None:
    """Tangents by the transposed pullback: as `ad.jvp` has them, and differentiable in turn."""
    x, d = np.array([0.3, 1.0, 3.0]), np.array([1.0, 2.0, -1.0])
    (_, _), expected = ad.jvp(stiff_energy, (x, 2.0), (d, 0.5))
    position = torch.tensor(x, requires_grad=True)
    with forward_ad.dual_level():
        moved = forward_ad.make_dual(position, torch.tensor(d))
        stiffness = forward_ad.make_dual(torch.tensor(2.0, dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64))
        total, scaled = stiff_energy(moved, stiffness)
        slopes = [forward_ad.unpack_dual(t).tangent for t in (total, scaled)]
        np.testing.assert_allclose(slopes[0].item(), expected[0], rtol=1e-12)
        np.testing.assert_allclose(slopes[1].detach().numpy(), expected[1], rtol=1e-12)
        second, = torch.autograd.grad(slopes[0], position)
        plain = stiff_energy(position.detach(), 2.0)[0]
        assert forward_ad.unpack_dual(plain).tangent is None

    def slope(p: np.ndarray) -> float:
        return ad.jvp(stiff_energy, (p, 2.0), (d, 0.5))[1][0]
    step = 1e-6
    differences = [(slope(x + step * e) - slope(x - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(second.numpy(), differences, rtol=1e-6)
