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


def state_dict(module: Any, prefix: str, keep_vars: bool, destination: Any = None) -> Any:
    """Parameters and persistent buffers by dotted name, sharing memory, detached unless `keep_vars`."""
    if destination is None:
        destination = OrderedDict()
        destination._metadata = OrderedDict()
    metadata = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = metadata
    for hook in module._state_hooks.get("before saving", {}).values():
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook, in_place in module._state_hooks.get("after saving", {}).values():
        changed = hook(module, destination, prefix, metadata)
        if changed is not None:
            if in_place:
                raise RuntimeError("state_dict post-hook must return None")
            destination = changed
    return destination


def save_own(module: Any, destination: Any, prefix: str, keep_vars: bool) -> None:
    """What belongs to this module alone, into `destination`."""
    for name, value in own_state(module):
        destination[prefix + name] = value if keep_vars else value.detach()
    if _has_extra(module, "get_extra_state"):
        destination[prefix + EXTRA] = module.get_extra_state()


EXTRA = "_extra_state"


def _has_extra(module: Any, name: str) -> bool:
    """Whether a subclass defines `name`, so that its state holds more than tensors."""
    from runtime.nn.module import Module
    return getattr(type(module), name) is not getattr(Module, name)


def own_state(module: Any) -> list[tuple[str, Any]]:
    """The tensors that a state holds of this module alone."""
    buffers = [(k, v) for k, v in module._buffers.items() if k not in module._transient]
    return [(k, v) for k, v in [*module._parameters.items(), *buffers] if v is not None]


def load_state_dict(module: Any, given: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Copy a state into the module. Raises TypeError, or RuntimeError that names every key that does not fit.

    What fits is copied even where something else does not, as in torch.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(given)}.")
    state: Any = OrderedDict(given)
    metadata = getattr(given, "_metadata", None)
    if metadata is not None:
        state._metadata = metadata
    found = _Load(metadata, assign)
    found.load(module, state, "")
    errors, missing, unexpected = found.errors, found.missing, found.unexpected
    if strict:
        if unexpected:
            errors.insert(0, f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
        if missing:
            errors.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
    if errors:
        listed = "\n\t".join(errors)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{listed}")
    return IncompatibleKeys(missing, unexpected)


class _Load:
    """One loading: what was found wrong so far."""

    def __init__(self, metadata: Any, assign: bool) -> None:
        self.metadata, self.assign = metadata, assign
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []

    def load(self, module: Any, state: Any, prefix: str) -> None:
        """Load a module and what is below it from the keys that begin with `prefix`."""
        metadata = {} if self.metadata is None else self.metadata.get(prefix[:-1], {})
        if self.assign:
            metadata["assign_to_params_buffers"] = True
        module._load_from_state_dict(state, prefix, metadata, True, self.missing, self.unexpected, self.errors)
        for name, child in module._modules.items():
            if child is not None:
                below = f"{prefix}{name}."
                self.load(child, {k: v for k, v in state.items() if k.startswith(below)}, below)
        keys = IncompatibleKeys(self.missing, self.unexpected)
        for hook in module._state_hooks.get("after loading", {}).values():
            if hook(module, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values, if incompatible_keys need to be modified, it should be done inplace.")


def load_own(module: Any, state: Any, prefix: str, metadata: Any, strict: bool, missing: list[str],
             unexpected: list[str], errors: list[str]) -> None:
    """Copy what belongs to this module alone; note the keys that are missing, those that nobody wants, and what does
    not fit."""
    for hook, with_module in module._state_hooks.get("before loading", {}).values():
        hook(*((module,) if with_module else ()), state, prefix, metadata, strict, missing, unexpected, errors)
    own = dict(own_state(module))
    for name, value in own.items():
        key = prefix + name
        if key in state:
            _load_one(module, name, key, value, state[key], metadata.get("assign_to_params_buffers", False), errors)
        elif strict and (name != "num_batches_tracked" or (metadata.get("version") or 0) >= 2):
            missing.append(key)  # (older states of batch norm hold no count of batches)
    extra = prefix + EXTRA
    wanted = _has_extra(module, "set_extra_state")
    if wanted and extra in state:
        module.set_extra_state(state[extra])
    elif wanted and strict:
        missing.append(extra)
    if strict:
        for key in state:
            name, dot, _ = key.removeprefix(prefix).partition(".")
            if key.startswith(prefix) and (key != extra or not wanted) and name not in (
                    module._modules if dot else own):
                unexpected.append(key)


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
