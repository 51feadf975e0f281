"""The last passes before printing, in order."""
from __future__ import annotations

from ..ir import nodes as ir
from .coalesce import coalesce
from .dead_code import eliminate_dead_code
from .dead_stores import drop_dead_stores
from .defer import defer_outer_products
from .elide import elide_copies
from .fill import fill
from .forget import forget_values
from .join_indices import join_indices
from .outer import spread_outer_products
from .quick_products import quick_products
from .quick_sums import quick_sums
from .reuse import reuse_memory
from .signs import sink_signs
from .simplify import simplify
from .sizes import ask_elsewhere

# simplifying leaves unread temporaries; variables are merged late, since passes read single assignments better; what is
# let go is noted when variables are what they stay
TIDY = (simplify, eliminate_dead_code, ask_elsewhere, join_indices, sink_signs, fill, drop_dead_stores,
        defer_outer_products, spread_outer_products, quick_products, quick_sums, elide_copies, reuse_memory, coalesce,
        forget_values)


# These add in another order; so does NumPy when it sums what lies in another order in memory, as without a copy.
REARRANGING = (fill, defer_outer_products, spread_outer_products, quick_products, quick_sums, elide_copies)


def tidy(fn: ir.Function, *, rearrange: bool = True) -> ir.Function:
    """The function as it is printed: simplified, without dead code, with as few variables as its names allow.

    Without `rearrange` its arithmetic is the same to the last bit."""
    for transform in TIDY:
        if rearrange or transform not in REARRANGING:
            fn = transform(fn)
    return fn
