"""Gradients against JAX's: the same expression, evaluated in both, differentiated by each.

JAX runs in an interpreter of its own, which the environment variable AD_COMPILER_JAX_PYTHON names; without it the
tests are skipped.
"""
from __future__ import annotations

import json
import os
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

JAX = os.environ.get("AD_COMPILER_JAX_PYTHON", "")
pytestmark = pytest.mark.skipif(not JAX, reason="AD_COMPILER_JAX_PYTHON names no Python with JAX")

# Expressions over x (3 by 4, positive), v (5 numbers) and A (4 by 4, symmetric, positive definite).
EXPRESSIONS = """\
np.sin(x) * np.cosh(x)
np.arctan2(v, v**2 + 1)
np.logaddexp(v, 2 * v)
np.hypot(v, 0.5)
np.tanh(v) ** 3
np.sinc(v)
np.expm1(v) / np.log1p(v**2)
np.cbrt(x)
np.power(x, v[:4])
np.where(v > 0, v, v**3)
np.clip(v, -0.5, 1.0)
np.maximum(v, 0.3 * v**2)
np.abs(v)
np.var(x, axis=0, ddof=1)
np.std(x)
np.median(x, axis=1)
np.quantile(v, 0.3)
np.percentile(x, 40.0, axis=0)
np.prod(x, axis=1)
np.cumprod(v)
np.cumsum(x, axis=0)
np.diff(v, n=2)
np.ediff1d(v)
np.gradient(v)
np.trapezoid(x, dx=0.5)
np.average(x, axis=0, weights=x)
np.cov(x)
np.corrcoef(x)
np.ptp(v)
np.sort(v)
np.partition(x, 2, axis=1)[:, 2]
np.take_along_axis(x, np.argsort(x, axis=1), axis=1)
np.nanmean(x, axis=0)
np.max(x, axis=1)
np.tile(v, (2, 2))
np.repeat(v, 3)
np.roll(x, 1, axis=1)
np.rot90(x)
np.pad(v, 2, mode="reflect")
np.kron(v, v)
np.vander(v, 3)
np.block([[A, A], [A, A @ A]])
np.einsum("ij,kj->ik", x, x)
np.tensordot(x, A, axes=1)
np.cross(v[:3], v[1:4])
np.convolve(v, v[:3])
np.correlate(v, v[:3], mode="full")
np.interp(v, np.linspace(-3.0, 3.0, 7), np.linspace(-3.0, 3.0, 7) ** 2)
np.polyval(v, 0.7)
np.linalg.inv(A)
np.linalg.pinv(x)
np.linalg.solve(A, v[:4])
np.linalg.det(A)
np.linalg.slogdet(A)[1]
np.linalg.cholesky(A)
np.linalg.qr(x.T)[1]
np.linalg.eigh(A)[0]
np.linalg.svd(x, full_matrices=False)[1]
np.linalg.norm(x, axis=0)
np.linalg.norm(x, "nuc")
np.linalg.matrix_power(A, 3)
np.linalg.multi_dot([x, A, A])
np.abs(np.fft.fft(v))
np.abs(np.fft.rfft(x, axis=0))
np.fft.irfft(v + 0j, 7)
np.abs(np.sqrt(v + 1j))
np.angle(v + 2j)
np.real(np.exp(1j * v) * np.conj(v + 1j))
""".splitlines()

SCRIPT = """\
import json, sys
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as np
data = json.load(sys.stdin)
x, v, A = (np.array(data[k]) for k in "xvA")
found = {}
for text in data["expressions"]:
    loss = eval("lambda x, v, A: np.sum(np.sin(0.7 * (" + text + ") + 0.3))", {"np": np})
    found[text] = [g.tolist() for g in jax.grad(loss, argnums=(0, 1, 2))(x, v, A)]
json.dump(found, sys.stdout)
"""


def arguments() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    noise = rng.normal(size=(4, 4))
    return {"x": rng.permutation(np.linspace(0.4, 1.9, 12)).reshape(3, 4), "v": np.array([0.8, -1.3, 2.1, 0.37, -0.4]),
            "A": noise @ noise.T + 3 * np.eye(4)}


@lru_cache(maxsize=1)
def of_jax() -> dict[str, list[Any]]:
    """JAX's gradients of every expression, from one run."""
    given = {name: value.tolist() for name, value in arguments().items()} | {"expressions": EXPRESSIONS}
    run = subprocess.run([JAX, "-c", SCRIPT], input=json.dumps(given), capture_output=True, text=True, timeout=300,
                         check=False, env={"JAX_PLATFORMS": "cpu", "PATH": os.environ.get("PATH", "")})
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", EXPRESSIONS)
def test_gradient_is_that_of_jax(text: str, tmp_path: Path) -> None:
    path = tmp_path / "spot.py"
    path.write_text(f"import numpy as np\n\n\ndef loss(x, v, A):\n    return np.sum(np.sin(0.7 * ({text}) + 0.3))\n")
    space: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    bars = ad.grad(space["loss"], argnums=(0, 1, 2))(**arguments())
    symmetric = text.startswith(("np.linalg.cholesky", "np.linalg.eigh"))
    for name, bar, theirs in zip("xvA", bars, of_jax()[text], strict=True):
        theirs = np.asarray(theirs)
        if symmetric and name == "A":  # which triangle a symmetric matrix's derivative is in is a matter of taste
            bar, theirs = bar + bar.T, theirs + theirs.T
        np.testing.assert_allclose(bar, theirs, rtol=1e-7, atol=1e-8, err_msg=name)
