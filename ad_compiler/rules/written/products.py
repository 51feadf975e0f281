"""Products in the forms that rows leave out: `np.einsum` with lists of axes."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.product_einsum import subscripts
from ad_compiler.rules.written import Written


def einsum(*given: Any, optimize: Any = False) -> Any:
    """`np.einsum(a, [0, 1], b, [1, 2], [0, 2])`: the same with letters for the numbers."""
    count = len(given) // 2
    text = ",".join([subscripts(given[2 * k + 1]) for k in range(count)])
    if len(given) % 2:
        text += "->" + subscripts(given[-1])
    return np.einsum(text, *given[:2 * count:2], optimize=optimize)


DEFINITIONS: dict[Any, Written] = {
    np.einsum: Written(einsum, covered={"subscripts": lambda value: isinstance(value, str)}),
}
