"""Where derivatives end."""
from __future__ import annotations

from typing import Any

from ad_compiler.support.dispatch import overridable


@overridable
def stop_gradient(x: Any) -> Any:
    """`x` itself; its derivative is zero."""
    return x
