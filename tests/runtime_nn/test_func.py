"""`autograd.functional`, `func` and checkpointing beside torch."""
from __future__ import annotations

import numpy as np
import pytest

from tests.runtime_nn.compare import both, data, ours, outcome, same

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")]


def cube(x):
    return (x**3).sum()


def two(x, y):
    return x * y.sum(), (x.sin() * y).sum()


def vector(f, *shape, seed=0):
    return f.t.tensor(data(*shape, seed=seed))


FUNCTIONAL = {
    "jacobian": lambda f: f.functional.jacobian(lambda x: x.outer(x), vector(f, 3)),
    "jacobian two": lambda f: f.functional.jacobian(two, (vector(f, 2), vector(f, 2, seed=1))),
    "jacobian scalar": lambda f: f.functional.jacobian(cube, vector(f, 2, 2)),
    "jacobian constant": lambda f: f.functional.jacobian(lambda x: f.t.ones(2).double(), vector(f, 2)),
    "jacobian unused": lambda f: f.functional.jacobian(lambda x, y: x * 2, (vector(f, 2), vector(f, 3))),
    "hessian": lambda f: f.functional.hessian(cube, vector(f, 3)),
    "hessian two": lambda f: f.functional.hessian(
        lambda x, y: (x * y).sum() ** 2, (vector(f, 2), vector(f, 2, seed=1))),
    "hessian linear": lambda f: f.functional.hessian(lambda x: x.sum(), vector(f, 2)),
    "hessian constant": lambda f: f.functional.hessian(lambda x: f.t.tensor(1.0).double(), vector(f, 2)),
    "vjp": lambda f: f.functional.vjp(two, (vector(f, 2), vector(f, 2)), (vector(f, 2, seed=3), vector(f, seed=4))),
    "vjp none": lambda f: f.functional.vjp(cube, vector(f, 2)),
    "jvp": lambda f: f.functional.jvp(two, (vector(f, 2), vector(f, 2)), (vector(f, 2, seed=3), vector(f, 2, seed=4))),
    "jvp constant": lambda f: f.functional.jvp(lambda x: f.t.ones(3).double(), vector(f, 2), vector(f, 2)),
    "vhp": lambda f: f.functional.vhp(cube, vector(f, 3), vector(f, 3, seed=1)),
    "hvp": lambda f: f.functional.hvp(lambda x: (x.sum() * x).sin().sum(), vector(f, 3), vector(f, 3, seed=1)),
    "hvp linear": lambda f: f.functional.hvp(lambda x: x.sum(), vector(f, 3), vector(f, 3, seed=1)),
    "no tensor": lambda f: f.functional.vjp(lambda x: x, 3),
    "no tensor out": lambda f: f.functional.jacobian(lambda x: 1, vector(f, 2)),
    "vjp needs v": lambda f: f.functional.vjp(lambda x: x * 2, vector(f, 2)),
    "jvp needs v": lambda f: f.functional.jvp(lambda x: x * 2, vector(f, 2)),
    "v size": lambda f: f.functional.jvp(lambda x: x * 2, vector(f, 2), vector(f, 3)),
    "hessian of a vector": lambda f: f.functional.hessian(lambda x: x, vector(f, 2)),
    "strict": lambda f: f.functional.jacobian(lambda x: f.t.ones(2), vector(f, 2), strict=True),
    "grad": lambda f: f.func.grad(cube)(vector(f, 3)),
    "grad twice": lambda f: f.func.grad(f.func.grad(lambda x: x.sin()))(f.t.tensor(0.3).double()),
    "grad thrice": lambda f: f.func.grad(f.func.grad(f.func.grad(lambda x: x**4)))(f.t.tensor(2.0)),
    "grad two": lambda f: f.func.grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(vector(f, 2), vector(f, 2, seed=1)),
    "grad dict": lambda f: f.func.grad(lambda d: (d["a"] * d["b"]).sum())({"a": vector(f, 2), "b": vector(f, 2)}),
    "grad unused": lambda f: f.func.grad(lambda x, y: x.sum(), argnums=1)(vector(f, 2), vector(f, 2)),
    "grad aux": lambda f: f.func.grad(lambda x: (cube(x), x * 2), has_aux=True)(vector(f, 2)),
    "grad and value": lambda f: f.func.grad_and_value(cube)(vector(f, 2)),
    "grad of vector": lambda f: f.func.grad(lambda x: x)(vector(f, 2)),
    "grad of number": lambda f: f.func.grad(lambda x: 1)(vector(f, 2)),
    "grad argnum": lambda f: f.func.grad(cube, argnums=2)(vector(f, 2)),
    "grad by integers": lambda f: f.func.grad(lambda x: x.sum())(f.t.tensor([1, 2])),
    "func vjp": lambda f: f.func.vjp(two, vector(f, 2), vector(f, 2))[1]((vector(f, 2, seed=2), vector(f, seed=3))),
    "func jvp": lambda f: f.func.jvp(two, (vector(f, 2), vector(f, 2)), (vector(f, 2, seed=2), vector(f, 2, seed=3))),
    "func jvp type": lambda f: f.func.jvp(cube, vector(f, 2), vector(f, 2)),
    "jacrev": lambda f: f.func.jacrev(lambda x: (x * 2, {"a": cube(x)}))(vector(f, 2)),
    "jacrev two": lambda f: f.func.jacrev(two, argnums=(0, 1))(vector(f, 2), vector(f, 2, seed=1)),
    "jacfwd": lambda f: f.func.jacfwd(lambda x: x.outer(x))(vector(f, 3)),
    "jacfwd two": lambda f: f.func.jacfwd(two, argnums=(0, 1))(vector(f, 2), vector(f, 2, seed=1)),
    "hessian func": lambda f: f.func.hessian(cube)(vector(f, 2, 2)),
    "jacfwd of jacfwd": lambda f: f.func.jacfwd(f.func.jacfwd(lambda x: x.sin()))(vector(f, 2)),
    "grad of jvp": lambda f: f.func.grad(
        lambda x: f.func.jvp(lambda z: z**3, (x,), (f.t.ones_like(x),))[1].sum())(vector(f, 2)),
}


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_like_torch(name):
    mine, theirs = (outcome(FUNCTIONAL[name], f) for f in both())
    same(mine, theirs)


def test_history_reaches_outside_only_where_it_must():
    f = ours()
    y = f.t.ones(2, requires_grad=True)
    plain = f.t.ones(2)
    assert not f.func.grad(lambda x: (x * x).sum())(plain).requires_grad
    assert f.func.grad(lambda x: (x * x).sum())(y).requires_grad
    assert not f.func.grad(lambda x: (x * 3).sum())(y).requires_grad
    g = f.func.grad(lambda x: (x * y**3).sum())(plain)
    g.sum().backward()
    np.testing.assert_array_equal(y.grad.numpy(), 3.0)


def deep(x, w):
    h = (x @ w).tanh()
    return (h * h.exp()).sin()


def checkpointed(f, use, order=1):
    x, w = (vector(f, 3, 3, seed=k).requires_grad_() for k in range(2))
    hidden = lambda x: deep(x, w)  # noqa: E731 (a closure: its gradient is not among the arguments')
    out = (f.checkpoint(hidden, x * 1, use_reentrant=False) if use else hidden(x * 1)).sum()
    grads = f.t.autograd.grad(out, (x, w), create_graph=order > 1)
    return grads if order == 1 else f.t.autograd.grad(sum(g.sin().sum() for g in grads), (x, w))


@pytest.mark.parametrize("order", [1, 2])
def test_checkpointing_changes_no_gradient(order):
    f, torch = both()
    same(checkpointed(f, True, order), checkpointed(f, False, order))
    same(checkpointed(f, True, order), checkpointed(torch, False, order))


def test_checkpointing_runs_again_and_repeats_random_numbers():
    f, calls = ours(), []
    x = f.t.ones(1000, requires_grad=True)

    def noisy(x):
        calls.append(1)
        return f.F.dropout(x, 0.5) * x

    f.t.manual_seed(3)
    out = f.checkpoint(noisy, x, use_reentrant=False)
    f.t.rand(5)
    assert len(calls) == 1
    out.sum().backward()
    assert len(calls) == 2
    np.testing.assert_allclose(x.grad.numpy(), 2 * out.detach().numpy())


def test_checkpointing_notices_another_second_run():
    f, calls = ours(), []

    def changing(x):
        calls.append(1)
        return x.exp().sin() if len(calls) == 1 else x.exp()

    out = f.checkpoint(changing, f.t.ones(2, requires_grad=True), use_reentrant=False)
    with pytest.raises(RuntimeError, match="different number of tensors was saved"):
        out.sum().backward()


def test_checkpointing_a_custom_function():
    f = ours()

    class Square(f.t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad

    x = f.t.ones(2, requires_grad=True)
    f.checkpoint(Square.apply, x * 3, use_reentrant=False).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 18.0)
