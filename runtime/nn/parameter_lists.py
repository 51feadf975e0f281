"""Parameters in lists and dicts that their owner knows about."""
from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runtime.nn.module import Module
from runtime.nn.parameter import Parameter
from runtime.tensor import Tensor


def _shown(name: str, value: Any, kind: Any) -> str:
    """A line of a list's text; `kind` says what the type of a tensor's elements is called."""
    if not isinstance(value, Tensor):
        return f"  ({name}): Object of type: {type(value).__name__}"
    size = "x".join(map(str, value.shape))
    return f"  ({name}): {'Parameter' if isinstance(value, Parameter) else 'Tensor'} containing: " \
           f"[{kind(value)} of size {size}]"


def _held(value: Any) -> Any:
    """What is stored for a value: a tensor becomes a parameter."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


class ParameterList(Module):
    """A list of parameters, which are its owner's; tensors that are put in become parameters.

    >>> import runtime as torch
    >>> len(torch.nn.ParameterList([torch.ones(2), torch.zeros(3)]))
    2
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._count = 0
        self.extend(values or ())

    def _at(self, index: Any) -> str:
        index = operator.index(index)
        if not -self._count <= index < self._count:
            raise IndexError(f"index {index} is out of range")
        return str(index % self._count)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)([self[k] for k in range(*index.indices(self._count))])
        return getattr(self, self._at(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        setattr(self, self._at(index), _held(value))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(self._count))

    def append(self, value: Any) -> Any:
        """Add a parameter at the end; returns self."""
        self._count += 1
        self[self._count - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Any:
        """Add parameters at the end; returns self."""
        for value in values:
            self.append(value)
        return self

    __iadd__ = extend

    def extra_repr(self) -> str:
        return "\n".join(_shown(str(k), value, lambda t: t.dtype) for k, value in enumerate(self))


class ParameterDict(Module):
    """Parameters by key, in the order in which they were put in.

    >>> import runtime as torch
    >>> list(torch.nn.ParameterDict({"scale": torch.ones(2)}))
    ['scale']
    """

    def __init__(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        self.update(parameters or {})

    def update(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add or replace parameters."""
        for key, value in parameters.items() if isinstance(parameters, Mapping) else parameters:
            self[key] = value

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys[key] = None
        setattr(self, key, _held(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def keys(self) -> Iterable[str]:
        """The keys."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The parameters."""
        return (self[key] for key in self._keys)

    def items(self) -> Iterable[tuple[str, Any]]:
        """Pairs of key and parameter."""
        return ((key, self[key]) for key in self._keys)

    def extra_repr(self) -> str:
        return "\n".join(_shown(key, value, Tensor.type) for key, value in self.items())
