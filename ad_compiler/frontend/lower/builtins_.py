"""Python's own functions, `functools` and `itertools`: one handler for each, joined in one table."""
from __future__ import annotations

import ast
import collections
import contextlib
import copy
import dataclasses
import functools
import itertools
import logging
import operator
import sys
import types
import warnings
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...support import instance
from ..emulated import Namespace
from ..emulated_functions import FUNCTIONS
from ..emulated_heaps import HEAPS
from ..emulated_iterators import ITERATORS, Count
from ..emulated_sets import in_order
from ..lowering import Lowering
from ..values import Value
from . import loggers
from .builtin_folds import accumulate_, any_all, extreme, reduce_, sum_
from .builtin_functions import (
    MARKS,
    call_vectorized,
    chain_,
    chain_from_iterable,
    combined,
    first_argument,
    fromfunction,
    marked,
    new_ndarray,
    unchanged,
    unwrapped,
    vectorize,
    vectorized_call,
)
from .builtin_numbers import OPERATIONS, cast, divmod_, negative, operator_function, pow_, round_
from .builtin_objects import (
    callable_,
    getattr_,
    hasattr_,
    isinstance_,
    locals_,
    print_,
    set_plainly,
    setattr_,
    text_of,
    type_,
    vars_,
)
from .builtin_sequences import (
    Handler,
    dict_,
    iterator,
    len_,
    list_,
    range_,
    returned_value,
    slice_,
    sorted_,
    tuple_,
)
from .class_definitions import made_of, make_, namedtuple_, new_tuple, tuple_of_fields
from .contexts import context_
from .copying import copy_, deepcopy_
from .iterators import islice_, iter_, next_, standing_for
from .keyed import counter_
from .made_objects import instance_
from .managed_attributes import bare_object
from .objects import defaultdict_, deque_, fields_
from .partials import partial_
from .protocols import by_method
from .python_draws import DRAWS, drawn
from .remembering import remembering
from .sets import in_order_, set_
from .tables import of_table

SAYING: tuple[Any, ...] = (print, warnings.warn, warnings.simplefilter, warnings.filterwarnings, *loggers.FUNCTIONS)

BUILTINS: dict[Any, Handler] = {
    vectorized_call: call_vectorized,
    len: len_, range: range_, slice: slice_, zip: iterator("zip"), enumerate: iterator("enumerate"),
    reversed: iterator("reversed"), map: iterator("map"), filter: iterator("filter"),
    np.ndindex: iterator("ndindex"), np.ndenumerate: iterator("ndenumerate"),
    itertools.pairwise: iterator("pairwise"), itertools.count: standing_for(Count), iter: iter_, next: next_,
    itertools.cycle: iterator("cycle"), itertools.repeat: iterator("repeat"), itertools.islice: islice_,
    **{f: standing_for(g) for f, g in ITERATORS.items()},
    list: list_, tuple: tuple_, dict: dict_, float: by_method("__float__", cast("f8")),
    int: by_method("__int__", cast("i8")), complex: cast("c16"),
    bool: cast("?"), max: extreme("max"), min: extreme("min"), sum: sum_, any: any_all("any"),
    all: any_all("all"), **dict.fromkeys(SAYING, print_), **dict.fromkeys(loggers.METHODS, loggers.logged),
    logging.getLogger: loggers.logger_, isinstance: isinstance_, type: type_,
    hasattr: hasattr_, getattr: getattr_,
    setattr: setattr_, object.__setattr__: set_plainly, object.__new__: bare_object, vars: vars_,
    callable: callable_, str: text_of, repr: text_of, format: text_of, sorted: sorted_,
    functools.reduce: reduce_, functools.partial: partial_, functools.wraps: unchanged,
    functools.update_wrapper: first_argument,
    functools.lru_cache: remembering, functools.cache: remembering, divmod: divmod_, pow: pow_,
    round: by_method("__round__", round_), itertools.combinations_with_replacement: combined(
        "combinations_with_replacement"),
    itertools.chain: chain_, itertools.chain.from_iterable: chain_from_iterable, np.ndarray: new_ndarray,
    itertools.accumulate: accumulate_, itertools.product: combined("product"),
    itertools.combinations: combined("combinations"), itertools.permutations: combined("permutations"),
    set: set_, frozenset: set_, in_order: in_order_,
    **dict.fromkeys(MARKS, marked), **dict.fromkeys(DRAWS, drawn),
    abs: by_method("__abs__", of_table), collections.namedtuple: namedtuple_,
    dataclasses.fields: fields_, copy.copy: copy_, copy.deepcopy: deepcopy_,
    made_of: make_, new_tuple: tuple_of_fields, locals: locals_,
    contextlib._GeneratorContextManager: context_, **{f: standing_for(g) for f, g in FUNCTIONS.items()},
    instance: instance_, np.fromfunction: fromfunction, operator.neg: negative, unwrapped: returned_value,
    np.vectorize: vectorize, collections.deque: deque_, collections.defaultdict: defaultdict_,
    collections.OrderedDict: dict_, collections.Counter: counter_, types.SimpleNamespace: standing_for(Namespace),
    **{f: standing_for(g) for f, g in HEAPS.items()},
    **{f: operator_function(op) for f, op in OPERATIONS.items()},
}

# Parameters that may be given by name, where the handlers know them by position: with the values that they have if
# they are left out.
_BY_POSITION: dict[Any, tuple[tuple[str, Any], ...]] = {
    round: (("number", None), ("ndigits", None)), pow: (("base", None), ("exp", None), ("mod", None)),
    int: (("x", 0), ("base", 10)),
    itertools.combinations: (("iterable", None), ("r", None)),
    itertools.permutations: (("iterable", None), ("r", None)),
    functools.reduce: (("function", None), ("iterable", None), ("initial", None)),
}
# What the handlers read by name; the others take none.
_BY_NAME: dict[Any, frozenset[str]] = {
    sum: frozenset({"start"}), max: frozenset({"key", "default"}), min: frozenset({"key", "default"}),
    enumerate: frozenset({"start"}), zip: frozenset({"strict"}), sorted: frozenset({"key", "reverse"}),
    map: frozenset({"strict"}) if sys.version_info >= (3, 14) else frozenset(),
    itertools.accumulate: frozenset({"func", "initial"}), itertools.product: frozenset({"repeat"}),
    np.fromfunction: frozenset({"dtype"}), np.vectorize: frozenset({"otypes", "doc", "excluded", "signature"}),
    np.ndarray: frozenset({"shape", "dtype", "order"}), collections.deque: frozenset({"iterable", "maxlen"}),
}
_ANY_NAME = (dict, collections.Counter, *SAYING, *loggers.METHODS, logging.getLogger, functools.partial,
             functools.wraps, functools.update_wrapper, functools.lru_cache, collections.defaultdict,
             collections.OrderedDict, itertools.count, collections.namedtuple, types.SimpleNamespace, instance,
             *ITERATORS, *FUNCTIONS, *HEAPS, *DRAWS)


def arguments_of(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: ast.AST
                 ) -> tuple[list[Value], dict[str, Value]]:
    """The arguments of a builtin as its handler reads them; one that it would pass over is refused."""
    if kwargs and function in _BY_POSITION:
        args, kwargs = list(args), dict(kwargs)
        for name, default in _BY_POSITION[function][len(args):]:
            if kwargs:
                args.append(kwargs.pop(name, ir.Const(default)))
    none = kwargs.get("key")
    if isinstance(none, ir.Const) and none.value is None and function in (max, min, sorted):
        kwargs = {k: v for k, v in kwargs.items() if k != "key"}
    if function not in _ANY_NAME and (others := kwargs.keys() - _BY_NAME.get(function, frozenset())):
        name = getattr(function, "__name__", str(function))
        lo.fail("AD107", node, f"`{name}` with {', '.join(f'{k}=' for k in sorted(others))} is not compiled",
                "write out what it does")
    return args, kwargs
