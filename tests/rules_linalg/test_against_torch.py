"""Rows against PyTorch, whose conventions for complex numbers are ours: the cotangents must be the same."""
import numpy as np
import pytest

from ad_compiler import rules
from ad_compiler.rules import apply
from tests.rules_linalg.check import leaves, like, random_like

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def draw(*shape, complex_=False, seed=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complex_ else x


def definite(complex_=False):
    x = draw(3, 3, complex_=complex_)
    return x @ x.conj().T + np.diag([1.0, 2.0, 4.0])


def cotangents(function, args, kwargs, g):
    """Cotangents of every floating argument by the table."""
    row = rules.find(function)
    bound = row.bind(args, dict(kwargs))
    out = function(*args, **kwargs)
    return [apply.vjp(row, name, g, apply.residuals(row, bound, out, (name,)))
            for name in row.operands if bound[name] is not None and leaves(bound[name])[0].dtype.kind in "fc"]


def torch_cotangents(function, args, g):
    """The same by PyTorch."""
    tensors = [torch.tensor(arg, requires_grad=True) for arg in args]
    out = function(*tensors)
    outs = out if isinstance(out, tuple | list) else (out,)
    pairs = [(o, torch.tensor(np.asarray(part))) for o,
             part in zip(outs, g if isinstance(out, tuple) else (g,),
                                                                    strict=True) if o.requires_grad]
    grads = torch.autograd.grad([o for o, _ in pairs], tensors, [part for _, part in pairs])
    return [grad.resolve_conj().numpy() for grad in grads]


def spd(a):
    return 0.5 * (a + a.mH)


T = torch.linalg
CASES = {
    "matmul": (np.matmul, torch.matmul, (draw(2, 3), draw(3, 4)), {}),
    "matmul-complex": (np.matmul, torch.matmul, (draw(2, 3, complex_=True), draw(3, 4, complex_=True)), {}),
    "matmul-batched": (np.matmul, torch.matmul, (draw(5, 1, 2, 3), draw(4, 3, 2)), {}),
    "vdot-complex": (np.vdot, torch.vdot, (draw(4, complex_=True), draw(4, complex_=True, seed=4)), {}),
    "kron": (np.kron, torch.kron, (draw(2, 3), draw(3, 2)), {}),
    "tensordot": (np.tensordot, lambda a, b: torch.tensordot(a, b, 2), (draw(2, 3, 4), draw(3, 4, 5)), {}),
    "cross": (np.cross, lambda a, b: T.cross(a, b), (draw(4, 3), draw(4, 3, seed=5)), {}),
    "inv": (np.linalg.inv, T.inv, (draw(3, 3, complex_=True),), {}),
    "det": (np.linalg.det, T.det, (draw(2, 3, 3, complex_=True),), {}),
    "slogdet": (np.linalg.slogdet, lambda a: tuple(T.slogdet(a)), (draw(3, 3, complex_=True),), {}),
    "pinv": (np.linalg.pinv, T.pinv, (draw(4, 2, complex_=True),), {}),
    "solve": (np.linalg.solve, T.solve, (draw(3, 3, complex_=True), draw(3, 2, complex_=True)), {}),
    "solve-vector": (np.linalg.solve, T.solve, (draw(3, 3), draw(3)), {}),
    "cholesky": (np.linalg.cholesky, T.cholesky, (definite(),), {}),
    "cholesky-complex": (np.linalg.cholesky, lambda a: T.cholesky(spd(a)), (definite(True),), {}),
    "eigvalsh": (np.linalg.eigvalsh, T.eigvalsh, (definite(True),), {}),
    "eigh": (np.linalg.eigh, lambda a: tuple(T.eigh(spd(a))), (definite(),), {}),
    "eigvals": (np.linalg.eigvals, T.eigvals, (draw(3, 3, complex_=True),), {}),
    "svdvals": (np.linalg.svdvals, T.svdvals, (draw(3, 2, complex_=True),), {}),
    "qr": (np.linalg.qr, lambda a: tuple(T.qr(a)), (draw(4, 3),), {}),
    "qr-complex": (np.linalg.qr, lambda a: tuple(T.qr(a)), (draw(4, 3, complex_=True),), {}),
    "matrix_power": (np.linalg.matrix_power, lambda a: T.matrix_power(a, 3), (draw(3, 3),), {"n": 3}),
    "norm-fro": (np.linalg.norm, T.norm, (draw(3, 2, complex_=True),), {}),
    "norm-nuc": (np.linalg.norm, lambda a: T.norm(a, "nuc"), (draw(3, 2, complex_=True),), {"ord": "nuc"}),
    "norm-2": (np.linalg.norm, lambda a: T.norm(a, 2), (draw(3, 2, complex_=True),), {"ord": 2}),
    "norm-1": (np.linalg.norm, lambda a: T.norm(a, 1), (draw(3, 2, complex_=True),), {"ord": 1}),
    "vector-norm-3": (np.linalg.norm, lambda a: T.vector_norm(a, 3), (draw(5, complex_=True),), {"ord": 3}),
    "vector-norm-inf": (np.linalg.norm, lambda a: T.vector_norm(a, float("inf")),
                        (np.array([1.0, -2.0, 2.0]),),
                        {"ord": np.inf}),
    "norm-of-zero": (np.linalg.norm, T.norm, (np.zeros(3),), {}),
    "cond": (np.linalg.cond, T.cond, (draw(3, 3),), {}),
    "einsum": (np.einsum, lambda a, b: torch.einsum("ij,jk->ik", a, b), (draw(2, 3), draw(3, 4)), None),
    "fft": (np.fft.fft, torch.fft.fft, (draw(5, complex_=True),), {}),
    "fft-of-real": (np.fft.fft, torch.fft.fft, (draw(5),), {}),
    "ifft": (np.fft.ifft, lambda a: torch.fft.ifft(a, n=7), (draw(5, complex_=True),), {"n": 7}),
    "rfft": (np.fft.rfft, lambda a: torch.fft.rfft(a, norm="ortho"), (draw(6),), {"norm": "ortho"}),
    "irfft-even": (np.fft.irfft, torch.fft.irfft, (draw(4, complex_=True),), {}),
    "irfft-odd": (np.fft.irfft, lambda a: torch.fft.irfft(a, n=7), (draw(4, complex_=True),), {"n": 7}),
    "hfft": (np.fft.hfft, torch.fft.hfft, (draw(4, complex_=True),), {}),
    "ihfft": (np.fft.ihfft, torch.fft.ihfft, (draw(5),), {}),
    "fftn": (np.fft.fftn, torch.fft.fftn, (draw(3, 4, complex_=True),), {}),
    "rfftn": (np.fft.rfftn, torch.fft.rfftn, (draw(3, 4),), {}),
    "irfft2": (np.fft.irfft2, torch.fft.irfft2, (draw(3, 4, complex_=True),), {}),
}


@pytest.mark.parametrize("case", CASES)
def test_same_cotangents(case):
    function, theirs, args, kwargs = CASES[case]
    if kwargs is None:
        got, out = None, function("ij,jk->ik", *args)
    else:
        out = function(*args, **kwargs)
    g = like(out, random_like(np.random.default_rng(7)))
    g = tuple(g) if isinstance(out, tuple) else g
    if kwargs is None:
        got = cotangents(function, ("ij,jk->ik", *args), {}, g)[0]
    else:
        got = cotangents(function, args, kwargs, g)
    for one, two in zip(got, torch_cotangents(theirs, args, g), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


def invariant(v, w):
    """A cotangent of vectors for a loss that no phase of theirs changes: `Re tr(m^H v diag(w) v^H)`."""
    m = draw(v.shape[0], v.shape[0], complex_=True, seed=9)
    return (m + m.conj().T) @ v * w


def test_complex_eigenvectors_of_a_loss_without_phase():
    a = definite(True)
    w, v = np.linalg.eigh(a)
    g = (w + 1, invariant(v, np.array([1.0, 2.0, 5.0])))
    (got,) = cotangents(np.linalg.eigh, (a,), {}, g)
    leaf = torch.tensor(a, requires_grad=True)
    values, vectors = T.eigh(spd(leaf))
    m = torch.tensor(draw(3, 3, complex_=True, seed=9))
    projected = vectors @ torch.diag(torch.tensor([1.0, 2.0, 5.0], dtype=torch.complex128)) @ vectors.mH
    loss = 0.5 * (values**2).sum() + values.sum() + (m.conj() * projected).sum().real
    loss.backward()
    np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-8, atol=1e-9)


def test_complex_singular_vectors_of_a_loss_without_phase():
    a = draw(4, 3, complex_=True)
    m = draw(4, 3, complex_=True, seed=9)
    weights = np.array([1.0, 2.0, 5.0])
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    # loss = Re tr(m^H u diag(weights) vh): one phase turns both u and vh
    g = (m @ vh.conj().T * weights, 2 * s, (weights[:, None] * u.conj().T) @ m)
    (got,) = cotangents(np.linalg.svd, (a,), {"full_matrices": False}, g)
    leaf = torch.tensor(a, requires_grad=True)
    u, s, vh = T.svd(leaf, full_matrices=False)
    product = u @ torch.diag(torch.tensor(weights, dtype=torch.complex128)) @ vh
    loss = (torch.tensor(m).conj() * product).sum().real + (s**2).sum()
    loss.backward()
    np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-8, atol=1e-9)


def test_complex_general_eigenvectors_of_a_loss_without_phase():
    a = draw(3, 3, complex_=True)
    w, v = np.linalg.eig(a)
    m = draw(3, 3, complex_=True, seed=9)
    # loss = sum of Re(v_j^H m v_j): cotangent (m + m^H) v
    (got,) = cotangents(np.linalg.eig, (a,), {}, (w, (m + m.conj().T) @ v))
    leaf = torch.tensor(a, requires_grad=True)
    values, vectors = T.eig(leaf)
    loss = (vectors.conj() * (torch.tensor(m) @ vectors)).sum().real + 0.5 * (values.abs() ** 2).sum()
    loss.backward()
    np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-8, atol=1e-9)
