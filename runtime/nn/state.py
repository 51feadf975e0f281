"""Saving and loading: `state_dict` and `load_state_dict`."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from runtime.grad_mode import no_grad
from runtime.tensor import Tensor


class IncompatibleKeys(NamedTuple):
    """What a lenient load did not find, and what it found beyond need."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def state_dict(module: Any, prefix: str, keep_vars: bool, destination: Any = None) -> OrderedDict[str, Any]:
    """Parameters and persistent buffers by dotted name, sharing memory, detached unless `keep_vars`."""
    found: OrderedDict[str, Any] = OrderedDict() if destination is None else destination
    for name, value in own_state(module):
        found[prefix + name] = value if keep_vars else value.detach()
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=found, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    return found


def own_state(module: Any) -> list[tuple[str, Any]]:
    """What a state holds of this module alone."""
    buffers = [(k, v) for k, v in module._buffers.items() if k not in module._transient]
    return [(k, v) for k, v in [*module._parameters.items(), *buffers] if v is not None]


def load_state_dict(module: Any, state: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Copy a state into the module. Raises TypeError, or RuntimeError that names every key that does not fit.

    What fits is copied even where something else does not, as in torch.
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state)}.")
    missing: list[str] = []
    errors: list[str] = []
    known: set[str] = set()
    for prefix, owner in module.named_modules(remove_duplicate=False):
        for name, value in own_state(owner):
            key = f"{prefix}.{name}" if prefix else name
            known.add(key)
            if key not in state:
                if name != "num_batches_tracked" or hasattr(state, "_metadata"):
                    missing.append(key)  # a mapping without metadata may be older than the count of batches
            else:
                _load_one(owner, name, key, value, state[key], assign, errors)
    unexpected = [key for key in state if key not in known]
    if strict:
        if missing:
            errors.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
        if unexpected:
            errors.insert(1 if missing else 0, f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
    if errors:
        listed = "\n\t".join(errors)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{listed}")
    return IncompatibleKeys(missing, unexpected)


def _load_one(owner: Any, name: str, key: str, value: Any, given: Any, assign: bool, errors: list[str]) -> None:
    if not isinstance(given, Tensor):
        errors.append(f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                      f"checkpoint but received {type(given)}")
    elif given.shape != value.shape:
        errors.append(f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape "
                      f"in current model is {value.shape}.")
    elif assign:
        from runtime.nn.parameter import Parameter
        if name in owner._parameters and not isinstance(given, Parameter):
            given = Parameter(given, value.requires_grad)
        setattr(owner, name, given)
    else:
        with no_grad():
            value.copy_(given)


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)
