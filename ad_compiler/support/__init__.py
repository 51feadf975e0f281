"""The few functions that generated code and derivative rules may call. Imports NumPy only.

Every function here is plain NumPy code that the compiler can itself lower (for higher derivatives) or copy
into a stand-alone module: no state, no classes, no branches on types. A function that rules call is
`overridable`, so that compiler handles record the call instead of running it.

A parameter `shape` that is not the first is the shape of the result: the compiler takes its type from it.
"""
from ad_compiler.support.checkpoints import due, keep, replayed, restored, rewind, snapshots
from ad_compiler.support.dispatch import overridable
from ad_compiler.support.kinds import complex_eig, complex_eigvals, complex_roots
from ad_compiler.support.moving import (
    along_axis_source,
    compress_source,
    delete_source,
    diagonal_source,
    extract_source,
    gather,
    insert_source,
    labels,
    match_source,
    pad_source,
    repeat_source,
    resize_source,
    scatter,
    scatter_index,
    strided_source,
    take_transposed,
    trim_source,
    windows_transposed,
)
from ad_compiler.support.objects import instance
from ad_compiler.support.ordering import (
    list_ranks,
    quantile_slope,
    quantile_slope_transposed,
    quantile_tangent,
    quantile_transposed,
)
from ad_compiler.support.places import cells, common_places, unique_places
from ad_compiler.support.probing import raises
from ad_compiler.support.reducing import (
    element_count,
    product_of_others,
    product_of_others_tangent,
    scan,
    share,
)
from ad_compiler.support.sampling import (
    gradient_transposed,
    histogram_source,
    interp_slope,
    interp_slope_transposed,
    interp_transposed,
    ramp,
    trapezoid_weights,
)
from ad_compiler.support.segments import (
    at_shares,
    multiplied_at,
    reduceat_shares,
    reduceat_shares_transposed,
    reduceat_transposed,
)
from ad_compiler.support.shadows import shadow_like, shadow_of
from ad_compiler.support.shapes import cast, fit, project, shaped, sum_to_shape
from ad_compiler.support.sparse import sparse_parts, sparse_product, sparse_shape, sparse_transposed
from ad_compiler.support.special import bessel_i1, polygamma
from ad_compiler.support.stopping import stop_gradient
from ad_compiler.support.stores import written_cotangent
from ad_compiler.support.triangles import described, of_description
from ad_compiler.support.writing import (
    fill_diagonal_source,
    place_source,
    put_along_axis_source,
    put_source,
    putmask_source,
    written_source,
)

__all__ = [
    "along_axis_source",
    "at_shares",
    "bessel_i1",
    "cast",
    "cells",
    "common_places",
    "complex_eig",
    "complex_eigvals",
    "complex_roots",
    "compress_source",
    "delete_source",
    "described",
    "diagonal_source",
    "due",
    "element_count",
    "extract_source",
    "fill_diagonal_source",
    "fit",
    "gather",
    "gradient_transposed",
    "histogram_source",
    "insert_source",
    "instance",
    "interp_slope",
    "interp_slope_transposed",
    "interp_transposed",
    "keep",
    "labels",
    "list_ranks",
    "match_source",
    "multiplied_at",
    "of_description",
    "overridable",
    "pad_source",
    "place_source",
    "polygamma",
    "product_of_others",
    "product_of_others_tangent",
    "project",
    "put_along_axis_source",
    "put_source",
    "putmask_source",
    "quantile_slope",
    "quantile_slope_transposed",
    "quantile_tangent",
    "quantile_transposed",
    "raises",
    "ramp",
    "reduceat_shares",
    "reduceat_shares_transposed",
    "reduceat_transposed",
    "repeat_source",
    "replayed",
    "resize_source",
    "restored",
    "rewind",
    "scan",
    "scatter",
    "scatter_index",
    "shadow_like",
    "shadow_of",
    "shaped",
    "share",
    "snapshots",
    "sparse_parts",
    "sparse_product",
    "sparse_shape",
    "sparse_transposed",
    "stop_gradient",
    "strided_source",
    "sum_to_shape",
    "take_transposed",
    "trapezoid_weights",
    "trim_source",
    "unique_places",
    "windows_transposed",
    "written_cotangent",
    "written_source",
]
