"""A program under both backends: the same numbers, and how much of it became machine code."""
from __future__ import annotations

import enum
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

import ad_compiler
from ad_compiler.errors import CompileError
from tests.programs.corpus import Program

# The programs of which a loop, or all, is left to NumPy, and the cause. (Those that are not compiled at all run on the
# tape under either backend.)
FALLBACKS = {
    "assignments.prints_progress": "print",
    "closures.bernstein": "math.comb of numbers known at run time",
    "containers.list_slices_and_repeats": "lists that are compared",
    "containers.nested_comprehension": "math.fsum",
    "copies_and_views.ravel_of_transpose_copies": "written memory shared or copied by its order",
    "copies_and_views.reshape_copies_only_where_it_must": "written memory shared or copied by its order",
    "dynamics.nbody_loops": "lists of lists of arrays",
    "expression_graphs.taylor_series": "a list of whole numbers that becomes one of floats",
    "given_out.functions_into_the_fourth_place": "quantiles of matrices",
    "given_out.methods_with_a_place": "means with an array for the result",
    "in_place_functions.parts_of_windows": "parts of overlapping windows",
    "in_place_functions.ufuncs_at_places": "np.unravel_index",
    "indexing.flat_and_diagonal": "written memory shared or copied by its order",
    "lists_as_indices.counted_and_weighted": "np.average",
    "lists_as_indices.flags_turned": "a list of truths as an index",
    "lists_of_anything.none_to_array": "all() of a list",
    "lists_of_anything.tape_ops": "texts in a list",
    "lists_of_anything.texts_in_queue": "texts in a list",
    "lists_of_sizes.first_of_many_sizes": "one element that is stretched, which is known at run time only",
    "lists_of_sizes.larger_in_their_place": "one element that is stretched, which is known at run time only",
    "lists_of_sizes.smaller_in_their_place": "one element that is stretched, which is known at run time only",
    "many_hands.romberg_of_lists": "math.fsum",
    "many_names.view_or_copy": "written memory shared or copied by its order",
    "many_names.view_or_copy_copied": "written memory shared or copied by its order",
    "many_names.windows_of_changing_signal": "sliding_window_view",
    "memory_functions.ascontiguousarray_of_transpose_copies": "written memory shared or copied by its order",
    "memory_functions.reshape_of_transpose_copies": "written memory shared or copied by its order",
    "numpy_idioms.apply_along": "a norm of another order",
    "numpy_idioms.polynomial_evaluation": "np.polyval's array with these arguments",
    "numpy_idioms.vectorised_scalar_function": "np.broadcast_shapes",
    "orders_of_lists.equal_first_parts": "lists of lists that are sorted",
    "orders_of_lists.lists_of_many_lengths": "lists of lists that are sorted",
    "orders_of_lists.lower_hull": "lists of lists that are sorted",
    "orders_of_lists.rows_by_their_lists": "lists of lists that are sorted",
    "precision.empty_arrays": "a maximum of no elements, which NumPy knows the value of",
    "precision.fortran_order_and_strides": "written memory shared or copied by its order",
    "put_back.drawn_into_a_buffer": "random draws",
    "put_back.moved_to_the_end": "texts in a list",
    "put_back.order_of_one_path": "texts in a list",
    "put_back.shuffled_by_the_module": "random draws",
    "put_back.shuffled_places": "random draws",
    "recursion.bezier_length": "a function that calls itself",
    "recursion_by_values.pendulum_with_halved_steps": "a function that calls itself",
    "recursion_by_values.root_by_halving": "a function that calls itself",
    "scripts.train_network": "a random generator",
    "sets_and_tables.distinct_comp": "a set",
    "sets_and_tables.maybe_key": "texts in a list",
    "sets_and_tables.partial_key": "texts in a list",
    "sets_and_tables.update_default": "texts in a list",
    "signals.power_spectrum": "np.meshgrid",
    "simulations.crank_nicolson": "texts",
    "simulations.string_formulas": "texts",
    "solvers.qr_algorithm": "np.linalg.qr",
    "statistics.gaussian_mixture": "np.tril_indices",
    "statistics.metropolis_with_fixed_draws": "a random generator",
    "stencils.vadv": "an accumulator that is a number or an array, and is changed in place",
    "textbook.secant_from_bisection": "a loop that is left by return on some paths",
    "textbook.statistics_script": "texts",
    "textbook_tables.legendre_cached": "a function that calls itself",
    "words.melting": "members of an enumeration",
    "words.mode_or_none": "texts",
    "words.rules_by_name": "texts",
    "words.steps_with_status": "texts",
    "words.thermostat": "texts",
    "words.tokens_in_turn": "texts",
}


@dataclass(frozen=True)
class Outcome:
    """`status`: "native" (no loop is left in Python), "partial", "numpy" (no kernel, or one that leaves every call to
    NumPy), "tape" (not compiled at all) or "refused"; `complaint`: what is wrong; `given_up`: how often a kernel left
    the work to NumPy; `refused`: how many kernels could not be compiled; `reasons`: why not all of it is native."""

    status: str
    complaint: str = ""
    given_up: int = 0
    refused: int = 0
    reasons: tuple[str, ...] = ()


def numbers(value: Any) -> list[np.ndarray]:
    """The numbers of a nested value, in order."""
    if value is None or isinstance(value, enum.Enum):
        return []
    if isinstance(value, (tuple, list)):
        return [number for part in value for number in numbers(part)]
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    if hasattr(value, "__dict__") and not isinstance(value, np.generic):
        return numbers(list(vars(value).values()))
    return [np.asarray(value)]


def difference(expected: Any, found: Any) -> str:
    """What differs between two nested values beyond rounding, or an empty string."""
    left, right = numbers(expected), numbers(found)
    if len(left) != len(right):
        return f"{len(right)} numbers instead of {len(left)}"
    for a, b in zip(left, right, strict=True):
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"{b.dtype}{b.shape} instead of {a.dtype}{a.shape}"
        if a.dtype.kind not in "fc":
            if not np.array_equal(a, b):
                return "other integers"
            continue
        single = a.dtype.itemsize == 4 or a.dtype == np.complex64
        scale = max(1.0, float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a))))
        if not np.allclose(a, b, rtol=2e-5 if single else 1e-11, atol=(1e-5 if single else 1e-12) * scale,
                           equal_nan=True):
            return f"off by {np.nanmax(np.abs(a - b)):.3g} of {scale:.3g}"
    return ""


def compare(program: Program, **options: Any) -> Outcome:
    """Value, gradient and what is left in the arguments, twice, against the NumPy backend. `options`: of kernels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = ad_compiler.value_and_grad(program.function, argnums=program.argnums)
        given = program.args()
        try:
            expected = plain(*given)
        except CompileError:
            return Outcome("refused")
        if any(special.on_tape for special in plain.used):
            return Outcome("tape")
        native = ad_compiler.value_and_grad(program.function, argnums=program.argnums, backend="native", **options)
        complaint = ""
        for _ in range(2):
            mine = program.args()
            found = native(*mine)
            complaint = complaint or difference((expected, given), (found, mine))
        (special,) = native.used
    made = special.main.native
    kernels = made.kernels
    status = special.main.backend if special.main.backend == "native" else "partial" if kernels else "numpy"
    if status == "native" and any(k.given_up > 1 for k in kernels):
        status = "numpy"
    return Outcome(status, complaint, sum(k.given_up for k in kernels),
                   sum(found is None for k in kernels for found in k.kernels.values()), made.reasons)


def compare_pullbacks(program: Program) -> str:
    """What differs between the pullbacks of both backends, each called twice."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value, pullback = ad_compiler.vjp(program.function, *program.args())
            expected = pullback(1.0)
        except Exception:  # no single number, or refused: the same under both backends, which other tests see to
            return ""
        same, native = ad_compiler.vjp(program.function, *program.args(), backend="native")
        first = native(1.0)
        return difference((value, expected), (same, first)) or difference(expected, native(1.0))
