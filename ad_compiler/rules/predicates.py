"""Functions that are constant almost everywhere, or that return no numbers: they say so, and why."""
from __future__ import annotations

import numpy as np
from numpy.lib import array_utils

from ad_compiler.rules.row import Row, existing, zero

RULES: tuple[Row, ...] = (
    *zero(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.logical_and,
          np.logical_or, np.logical_xor, np.logical_not, np.isnan, np.isinf, np.isfinite, np.isneginf,
          np.isposinf,
          np.isnat, np.signbit, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.all, np.any,
          np.isscalar,
          np.isin, np.isfortran, np.iterable, np.shares_memory, np.may_share_memory, np.can_cast, np.isdtype,
          np.issubdtype, reason="a truth value"),
    *zero(np.ndim, np.shape, np.size, np.broadcast_shapes, np.result_type, np.promote_types,
          np.min_scalar_type,
          np.common_type, np.mintypecode, np.typename, np.iinfo, np.finfo, np.dtype,
          array_utils.normalize_axis_index, array_utils.normalize_axis_tuple, array_utils.byte_bounds,
          reason="a fact about shape or type"),
    *zero(np.packbits, np.unpackbits, np.base_repr, np.binary_repr, reason="defined on integers only"),
    *zero(np.array2string, np.array_repr, np.array_str, np.format_float_positional,
          np.format_float_scientific,
          np.set_printoptions, np.get_printoptions, np.printoptions, reason="text"),
    *zero(*existing(np.ndarray, "tobytes", "tofile", "dump", "dumps", "setflags"),
          reason="bytes, or nothing"),
    *zero(np.seterr, np.geterr, np.errstate, np.setbufsize, np.getbufsize, np.seterrcall, np.geterrcall,
          np.get_include, np.show_config, np.show_runtime, np.info, np.test, reason="about NumPy itself"),
)
