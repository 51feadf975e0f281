"""Memory orders that say which element goes where, whatever the array's memory looks like."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ad_compiler.rules.row import Row, formula_reads


def fixed(order: str) -> str:
    """The order itself. Raises NotImplementedError for 'A' and 'K', which depend on the array's memory."""
    if order not in ("C", "F"):
        raise NotImplementedError(f"order={order!r} has no derivative: it depends on the layout; say 'C' or 'F'")
    return order


def require_fixed(row: Row, name: str, bound: Mapping[str, Any]) -> None:
    """Raise NotImplementedError where a linear function may not be called with the tangent of its operand `name`
    instead: its elements would go elsewhere, as the tangent lies in memory in its own way."""
    if "order" in bound and "order" in formula_reads(row.partials[name]):
        order = bound["order"]
        fixed(getattr(order, "value", order))
