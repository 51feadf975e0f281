"""What the first gradient costs in a process that finds it in the disk cache: all that happens after `import numpy`.

Target: 10 ms, for the function of fifty lines that `first_call` compiles. The first process, which compiles and
fills the cache, stands beside it; both import `ad_compiler` within the time. For machine code, target 100 ms: a kernel
with an elementary function, found in the cache.
"""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import publish

PROCESSES = 7
ROOT = Path(__file__).resolve().parents[1]

GRADIENT = """
import time
import numpy as np
from benchmarks import fifty_lines
import os
os.environ["AD_COMPILER_CACHE"] = {cache!r}
arguments = fifty_lines.arguments()
start = time.process_time()
import ad_compiler
ad_compiler.value_and_grad(fifty_lines.epidemic_misfit, argnums=(0, 1, 2))(*arguments)
print(time.process_time() - start)
"""

KERNEL = """
import time
import numpy as np
import os
os.environ["AD_COMPILER_CACHE"] = {cache!r}
x = np.ones(100)
start = time.process_time()
from ad_compiler.native.machine import compile_kernel
text = '''from ad_compiler.native.elementary import exp

def run(x):
    for i in range(x.size):
        x[i] = exp(-x[i])
    return 0
'''
compile_kernel(text, "run", ("float64[::1]",))(x)
print(time.process_time() - start)
"""


def seconds(code: str, cache: str) -> float:
    """What a fresh process prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages are byte-compiled
    text = code.format(cache=cache)
    return float(subprocess.check_output([sys.executable, "-c", text], env=environment, text=True).splitlines()[-1])


def measure(what: str, code: str) -> dict[str, Any]:
    """The first process, and the median and range of those after it."""
    with tempfile.TemporaryDirectory() as cache:
        os.chmod(cache, 0o700)
        first = seconds(code, cache)
        later = [seconds(code, cache) for _ in range(PROCESSES)]
    return {"first call of": what, "compiled": first, "median": median(later), "least": min(later), "most": max(later)}


def main() -> None:
    rows = [measure("a gradient", GRADIENT)]
    try:
        import numba  # noqa: F401
    except ImportError:
        publish("second_process", rows, ["machine code: numba is not installed"])
    else:
        publish("second_process", [*rows, measure("a kernel", KERNEL)])


if __name__ == "__main__":
    main()
