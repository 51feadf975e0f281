"""Options of the test run."""
from __future__ import annotations

import os

import pytest

# Tests must not read or fill the cache of whoever runs them; those about the cache name a folder of their own.
os.environ["AD_COMPILER_CACHE"] = "off"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files with what is emitted now")
