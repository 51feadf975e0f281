"""docs/limits.md lists every code that a diagnostic can have, and no other."""
from __future__ import annotations

import re

from tests.house.tree import ROOT, modules

USED = re.compile(r'"(AD\d{3})"')
LISTED = re.compile(r"^\| (AD\d{3}) \|", re.MULTILINE)


def test_every_code_is_listed_once() -> None:
    used = {code for path in modules().values() for code in USED.findall(path.read_text())}
    listed = LISTED.findall((ROOT / "docs" / "limits.md").read_text())
    assert used, "no diagnostic has a code"
    assert listed == sorted(used)
