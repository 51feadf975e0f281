"""Run the measurements: `python -m benchmarks` for all of them, `python -m benchmarks vector` for one. What begins with
`-` goes to the script: `python -m benchmarks gradients --programs lstm --sizes small`.

Each script runs in a process of its own, because the number of threads is fixed when NumPy loads.
"""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUPPORT = {"__init__", "__main__", "harness", "fifty_lines", "memory", "picture"}


def scripts() -> list[str]:
    """Names of the measurements beside this file."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in SUPPORT)


def main(names: list[str]) -> int:
    options = names[next((i for i, name in enumerate(names) if name.startswith("-")), len(names)):]
    names = names[:len(names) - len(options)]
    if not names and {"-h", "--help"} & set(options):
        print(f"{__doc__}\nMeasurements: {', '.join(scripts())}")
        return 0
    unknown = sorted(set(names) - set(scripts()))
    if unknown:
        print(f"no measurement named {unknown}; there are {scripts()}", file=sys.stderr)
        return 2
    commands = [[sys.executable, "-m", f"benchmarks.{name}", *options] for name in names or scripts()]
    return max(subprocess.run(command, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
