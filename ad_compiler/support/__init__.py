"""The few functions that generated code and derivative rules may call. Imports NumPy only.

Every function here is plain NumPy code that the compiler can itself lower (for higher derivatives) or copy
into a stand-alone module: no state, no classes, no branches on types. A function that rules call is
`overridable`, so that compiler handles record the call instead of running it.
"""
from ad_compiler.support.dispatch import overridable
from ad_compiler.support.reducing import element_count, product_of_others, scan, share
from ad_compiler.support.shapes import cast, fit, project, sum_to_shape
from ad_compiler.support.special import bessel_i1

__all__ = [
    "bessel_i1",
    "cast",
    "element_count",
    "fit",
    "overridable",
    "product_of_others",
    "project",
    "scan",
    "share",
    "sum_to_shape",
]
