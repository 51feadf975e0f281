"""`torch.func.vmap`, `functional_call` and `stack_module_state`."""
from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from runtime.draws import current_stream, set_stream
from runtime.grad_mode import LOCAL
from runtime.ops.parts import stack
from runtime.tensor import Tensor
from runtime.utils import pytree


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *,
         chunk_size: int | None = None) -> Callable[..., Any]:
    """`func` over the slices of its arguments along `in_dims`, the results stacked along `out_dims`.

    One call of `func` per slice: the meaning is torch's, the speed is a loop's.

    >>> import runtime as torch
    >>> torch.func.vmap(torch.dot)(torch.ones(3, 2), torch.ones(3, 2))
    tensor([2., 2., 2.])
    """
    name = getattr(func, "__name__", repr(func))

    def run(*args: Any, **kwargs: Any) -> Any:
        leaves, form = pytree.flatten(args)
        if not leaves:
            raise ValueError(NO_INPUTS.format(name))
        dims = _spread(in_dims, args, name)
        size = _size(leaves, dims, name, in_dims)
        results = []
        with _drawing(randomness) as again:
            for k in range(size):
                parts = [t if d is None else t.select(d, k) for t, d in zip(leaves, dims, strict=True)]
                named = {key: v.select(0, k) if isinstance(v, Tensor) else v for key, v in kwargs.items()}
                again()
                results.append(func(*pytree.unflatten(parts, form), **named))
        return _joined(results, out_dims, name)
    return run


NO_INPUTS = ("vmap({})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
             "function with no inputs. The latter is unsupported.")


@contextmanager
def _drawing(randomness: str) -> Iterator[Callable[[], None]]:
    """Random draws inside: refused, "same" or "different" in every slice; what is given is called before each."""
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    before, LOCAL.randomness = LOCAL.randomness, randomness
    stream = copy.deepcopy(current_stream())
    try:
        yield lambda: set_stream(copy.deepcopy(stream)) if randomness == "same" else None
    finally:
        LOCAL.randomness = before


def _spread(in_dims: Any, args: tuple[Any, ...], name: str) -> list[Any]:
    """The dimension of each leaf of the arguments."""
    if isinstance(in_dims, int) or in_dims is None:
        if in_dims is None:
            raise ValueError(f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a "
                             f"(potentially nested) tuple matching the structure of inputs, got: {type(in_dims)}.")
        return [in_dims] * len(pytree.flatten(args)[0])
    if len(in_dims) != len(args):
        raise ValueError(f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the "
                         f"structure of `inputs`. in_dims has structure {_tree(in_dims)} but inputs has structure "
                         f"{_tree(args)}.")
    out: list[Any] = []
    for d, a in zip(in_dims, args, strict=True):
        out += _matched(d, a)
    return out


def _tree(items: Sequence[Any]) -> str:
    return "TreeSpec(tuple, None, [" + ",\n  ".join("*" for _ in items) + "])"


def _matched(d: Any, tree: Any) -> list[Any]:
    if isinstance(d, int) or d is None:
        return [d] * len(pytree.flatten(tree)[0])
    items = [(d[key], tree[key]) for key in tree] if isinstance(tree, dict) else zip(d, tree, strict=True)
    return [x for pair in items for x in _matched(*pair)]


def _size(leaves: Sequence[Any], dims: Sequence[Any], name: str, in_dims: Any) -> int:
    sizes = []
    for t, d in zip(leaves, dims, strict=True):
        if d is None:
            continue
        where = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for an input but the input is of"
        if not isinstance(t, Tensor):
            raise ValueError(f"{where} type {type(t)}. We cannot vmap over non-Tensor arguments, please use None as "
                             "the respective in_dim")
        if not -t.dim() <= d < t.dim():
            raise ValueError(f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for some input, but "
                             f"that input is a Tensor of dimensionality {t.dim()} so expected in_dim to satisfy "
                             f"-{t.dim()} <= in_dim < {t.dim()}.")
        sizes.append(t.shape[d])
    if not sizes:
        raise ValueError(f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): at least one input must be mapped over")
    if len(set(sizes)) > 1:
        raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} "
                         "for the mapped dimension")
    return sizes[0]


def _joined(results: list[Any], out_dims: Any, name: str) -> Any:
    flat = [pytree.flatten(r) for r in results]
    if not flat:
        raise ValueError(f"vmap({name}): the mapped dimension has length 0, so the results are not known")
    leaves, form = flat[0]
    for t in leaves:
        if not isinstance(t, Tensor):
            raise ValueError(f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(t)}. Did you mean "
                             "to set out_dims= to None for output?")
    dims = _matched(out_dims, pytree.unflatten(leaves, form))
    return pytree.unflatten([t if d is None else stack([row[0][k] for row in flat], d)
                             for k, (t, d) in enumerate(zip(leaves, dims, strict=True))], form)


def functional_call(module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None, *,
                    tie_weights: bool = True, strict: bool = False) -> Any:
    """`module(*args, **kwargs)` with these tensors in place of its parameters and buffers, by dotted name."""
    given: dict[str, Any] = {}
    for part in (parameter_and_buffer_dicts if isinstance(parameter_and_buffer_dicts, tuple | list)
                 else [parameter_and_buffer_dicts]):
        given.update(part)
    known = {name for name, _ in (*module.named_parameters(), *module.named_buffers())}
    if strict and set(given) != known:
        raise RuntimeError("Error(s) in loading state_dict for functional_call: unexpected "
                           f"{sorted(set(given) - known)}, missing {sorted(known - set(given))}")
    called = () if args is None else args if isinstance(args, tuple) else (args,)
    with _swapped(module, given):
        return module(*called, **(kwargs or {}))


@contextmanager
def _swapped(module: Any, given: dict[str, Any]) -> Iterator[None]:
    """Other tensors in the places of a module's own."""
    before = []
    try:
        for name, value in given.items():
            owner, _, last = name.rpartition(".")
            holder = module.get_submodule(owner)
            register = next((r for r in (holder._parameters, holder._buffers) if last in r), None)
            if register is None:
                raise AttributeError(f"{type(holder).__name__} has no attribute `{last}`")
            before.append((register, last, register[last]))
            register[last] = value
        yield
    finally:
        for register, last, value in reversed(before):
            register[last] = value


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of equal modules, each stacked in a new first dimension."""
    def stacked(named: Callable[[Any], Any]) -> dict[str, Any]:
        rows = [dict(named(m)) for m in models]
        return {name: stack([row[name] for row in rows]).detach().requires_grad_(value.requires_grad)
                for name, value in (rows[0] if rows else {}).items()}
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    return stacked(lambda m: m.named_parameters()), stacked(lambda m: m.named_buffers())
