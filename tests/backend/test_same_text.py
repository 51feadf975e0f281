"""The generated text is the same in every process: nothing in it hangs on hash seeds or addresses."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAMS = """
import numpy as np

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.interface.signing import sign


def springs(stiffnesses, x):
    def make(stiffness, rest, scale, bias):
        def force(s):
            return stiffness * (s - rest) * scale + bias
        return force
    forces = []
    for i, k in enumerate(stiffnesses):
        forces.append(make(k, 0.1 * i, k * k, 1.0 - k))
    total = 0.0
    for force, s in zip(forces, x):
        total += force(s) ** 2
    return total


def several(a, b, c, d):
    for k in range(3):
        a[k] = b[k] * c[k]
        b[k] += d[k] * a[k]
        c[k] *= a[k]
        d[k] -= b[k] * c[k]
    return np.sum(a + b + c + d)


x = np.array([0.3, 0.7, -0.2, 1.1])
print(ad.source(ad.grad(springs, argnums=(0, 1)), x, x))
print(ad.source(ad.grad(several, argnums=(0, 1, 2, 3)), x, x + 1, x + 2, x + 3))
signature = sign({"a": x, "b": x, "c": x, "d": x})
print(pipeline.compile_forward(several, signature, (("a",), ("b",), ("c",), ("d",))).source)
"""


def test_the_text_is_that_of_every_other_process(tmp_path: Path) -> None:
    path = tmp_path / "programs.py"
    path.write_text(PROGRAMS)
    texts = set()
    for seed in ("1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "AD_COMPILER_CACHE": "off", "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=True)
        texts.add(done.stdout)
    assert len(texts) == 1 and "springs_grad" in texts.pop()
