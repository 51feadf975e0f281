"""`Module`: parameters, buffers and submodules by attribute, and a call with hooks around `forward`."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from runtime.hooks import Hooks
from runtime.nn import state
from runtime.nn.calling import EVERY, call
from runtime.nn.members import Members
from runtime.nn.module_hooks import Hooked
from runtime.nn.parameter import Parameter
from runtime.tensor import Tensor

REGISTERS = ("_parameters", "_buffers", "_modules")


def type_name(value: Any) -> str:
    """A value's type as torch names it in messages."""
    return value.type() if type(value) is Tensor else f"{type(value).__module__}.{type(value).__qualname__}".replace(
        "builtins.", "").replace("runtime.", "torch.")


class Module(Members, Hooked):
    """The base of layers. A subclass calls `super().__init__()`, assigns parameters and modules to attributes, and
    defines `forward`.

    >>> import runtime as torch
    >>> class Scale(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = torch.nn.Parameter(torch.tensor(3.0))
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale()(torch.ones(2))
    tensor([3., 3.], grad_fn=<MulBackward0>)
    """

    training: bool

    def __init__(self) -> None:
        for name, value in (
                ("training", True), ("_parameters", {}), ("_buffers", {}), ("_modules", {}), ("_transient", set()),
                ("_forward_pre_hooks", Hooks()), ("_forward_hooks", Hooks()), ("_backward_hooks", Hooks()),
                ("_backward_pre_hooks", Hooks()),
                ("_is_full_backward_hook", None), ("_state_hooks", {})):
            object.__setattr__(self, name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (self._forward_pre_hooks or self._forward_hooks or self._backward_hooks or self._backward_pre_hooks
                or EVERY.forward_pre or EVERY.forward or EVERY.backward or EVERY.backward_pre):
            return call(self, args, kwargs)
        return self.forward(*args, **kwargs)

    # --- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        kind = (("_parameters", "parameters") if isinstance(value, Parameter)
                else ("_modules", "module") if isinstance(value, Module) else None)
        if kind is not None:
            if kind[0] not in own:
                what = "parameters" if kind[0] == "_parameters" else "module"
                raise AttributeError(f"cannot assign {what} before Module.__init__() call")
            own.pop(name, None)
            for register in REGISTERS:
                if register != kind[0]:
                    own[register].pop(name, None)
            own["_transient"].discard(name)
            own[kind[0]][name] = self._announced(kind[0], name, value)
            return
        for register, what, allowed in (("_parameters", "parameter", "torch.nn.Parameter or None"),
                                        ("_modules", "child module", "torch.nn.Module or None"),
                                        ("_buffers", "buffer", "torch.Tensor, torch.nn.Buffer or None")):
            if name in own.get(register, ()):
                if value is not None and not (register == "_buffers" and isinstance(value, Tensor)):
                    raise TypeError(f"cannot assign '{type_name(value)}' as {what} '{name}' ({allowed} expected)")
                own[register][name] = self._announced(register, name, value)
                return
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for register in REGISTERS:
            if name in own.get(register, ()):
                return own[register][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for register in REGISTERS:
            if name in self.__dict__[register]:
                del self.__dict__[register][name]
                self._transient.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def _announced(self, register: str, name: str, value: Any) -> Any:
        """What the hooks on registration make of a new member."""
        if value is None and register == "_parameters":
            return value
        for hook in EVERY.registration.get(register[1:-1], {}).values() if EVERY.registration else ():
            changed = hook(self, name, value)
            value = value if changed is None else changed
        return value

    def _check_name(self, kind: str, name: str, register: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type_name(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[register]:
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Hold `param` under `name`. Raises KeyError for a bad or taken name, TypeError for another type."""
        self._check_name("parameter", name, "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{type_name(param)}' object to parameter '{name}' (torch.nn.Parameter or "
                            "None required)")
        self._parameters[name] = self._announced("_parameters", name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Hold a tensor that is state but no parameter; unless `persistent` it is left out of `state_dict`."""
        self._check_name("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{type_name(tensor)}' object to buffer '{name}' (torch Tensor or None "
                            "required)")
        self._buffers[name] = self._announced("_buffers", name, tensor)
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name: str, module: Any) -> None:
        """Hold a submodule under `name`."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type_name(module)} is not a Module subclass")
        self._check_name("module", name, "_modules")
        self._modules[name] = self._announced("_modules", name, module)

    register_module = add_module

    # --- state

    _version = 1  # of what its state looks like; stands in the state's metadata

    def state_dict(self, *, destination: Any = None, prefix: str = "",
                   keep_vars: bool = False) -> OrderedDict[str, Any]:
        """Parameters and persistent buffers by dotted name, sharing memory."""
        return state.state_dict(self, prefix, keep_vars, destination)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put what belongs to this module alone into `destination`; a subclass may put in more."""
        state.save_own(self, destination, prefix, keep_vars)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool,
                              missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str]) -> None:
        """Copy what belongs to this module alone from `state_dict`; a subclass may do more."""
        state.load_own(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)

    def get_extra_state(self) -> Any:
        """What else belongs into the state of this module; a subclass may define it, and `set_extra_state`."""
        raise RuntimeError("Module.get_extra_state() is for a subclass to define")

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` gave."""
        raise RuntimeError("Module.set_extra_state() is for a subclass to define")

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Copy a state into this module; raises RuntimeError that lists every key that does not fit."""
        return state.load_state_dict(self, state_dict, strict, assign)

    # --- text

    def extra_repr(self) -> str:
        """What the printed form says between the brackets."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): {indented(repr(m))}" for name, m in self._modules.items()]
        if len(extra) == 1 and not children:
            return f"{self._get_name()}({extra[0]})"
        lines = extra + children
        return f"{self._get_name()}(" + ("\n  " + "\n  ".join(lines) + "\n" if lines else "") + ")"


def indented(text: str) -> str:
    """All lines but the first moved right by two."""
    return text.replace("\n", "\n  ")
