"""The few functions that generated code and derivative rules may call. Imports NumPy only.

Every function here is plain NumPy code that the compiler can itself lower (for higher derivatives) or copy
into a stand-alone module: no state, no classes, no branches on types. A function that rules call is
`overridable`, so that compiler handles record the call instead of running it.
"""
from ad_compiler.support.dispatch import overridable
from ad_compiler.support.shapes import cast, fit, project, sum_to_shape

__all__ = ["cast", "fit", "overridable", "project", "sum_to_shape"]
