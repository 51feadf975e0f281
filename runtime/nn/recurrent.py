"""Recurrent layers: `RNN`, `LSTM`, `GRU` and one step of each, with torch's parameters, numbers and printed forms.

The equations are those of Elman (1990), of Hochreiter and Schmidhuber (1997) without peepholes, and of Cho et al.
(2014) with the reset gate applied after the product, as torch documents them. A step is composed of ordinary
operations, so every order of derivative is there.
"""
from __future__ import annotations

import math
from typing import Any

import runtime as torch
from runtime.nn import functional as F
from runtime.nn import init
from runtime.nn.module import Module
from runtime.nn.parameter import Parameter

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


def step(mode: str, x: Any, state: Any, weights: tuple[Any, ...]) -> Any:
    """The state after one step: `h` (batch, hidden), or `(h, c)` of an LSTM, from `x` (batch, input)."""
    w_ih, w_hh, b_ih, b_hh = weights
    own = F.linear(x, w_ih, b_ih)
    if mode == "LSTM":
        h, c = state
        i, f, g, o = (own + F.linear(h, w_hh, b_hh)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
    back = F.linear(state, w_hh, b_hh)
    if mode == "GRU":
        (r, z, n), (r_back, z_back, n_back) = own.chunk(3, 1), back.chunk(3, 1)
        n = (n + (r + r_back).sigmoid() * n_back).tanh()
        return (state - n) * (z + z_back).sigmoid() + n
    return (own + back).relu() if mode == "RNN_RELU" else (own + back).tanh()


class _Weights(Module):
    """What cells and layers share: parameters of one shape per gate, drawn from +-1/sqrt(hidden_size)."""

    mode: str
    hidden_size: int

    def _add(self, suffix: str, input_size: int, bias: bool, dtype: Any) -> None:
        rows = GATES[self.mode] * self.hidden_size
        shapes = {"weight_ih": (rows, input_size), "weight_hh": (rows, self.hidden_size), "bias_ih": (rows,),
                  "bias_hh": (rows,)}
        for name, shape in shapes.items():
            wanted = bias or name.startswith("weight")
            self.register_parameter(name + suffix, Parameter(torch.empty(shape, dtype=dtype)) if wanted else None)

    def _of(self, suffix: str) -> tuple[Any, ...]:
        return tuple(getattr(self, name + suffix, None) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))

    def reset_parameters(self) -> None:
        """Draw every parameter anew."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size else 0
        for p in self.parameters():
            init.uniform_(p, -bound, bound)


class RNNCellBase(_Weights):
    """One step of a recurrent layer. Raises ValueError for an input that is neither a vector nor a batch of them."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        self._add("", input_size, bias, dtype)
        self.reset_parameters()

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next state from `input` (batch, input_size) or (input_size,); a state left out is zero."""
        if input.dim() not in (1, 2):
            raise ValueError(f"{type(self).__name__}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        two = self.mode == "LSTM"
        if hx is None:
            zero = torch.zeros(x.shape[0], self.hidden_size, dtype=x.dtype)
            hx = (zero, zero) if two else zero
        elif not batched:
            hx = tuple(t.unsqueeze(0) for t in hx) if two else hx.unsqueeze(0)
        found = step(self.mode, x, hx, self._of(""))
        if batched:
            return found
        return tuple(t.squeeze(0) for t in found) if two else found.squeeze(0)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else f", bias={self.bias}")
        return text + (", nonlinearity=relu" if self.mode == "RNN_RELU" else "")


class RNNCell(RNNCellBase):
    """`tanh(W_ih x + b_ih + W_hh h + b_hh)`, or relu of it."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
                 device: Any = None, dtype: Any = None) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {nonlinearity}")
        object.__setattr__(self, "mode", f"RNN_{nonlinearity.upper()}")
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity


class LSTMCell(RNNCellBase):
    """One step of an LSTM: `(h, c)` from an input and `(h, c)`."""

    mode = "LSTM"


class GRUCell(RNNCellBase):
    """One step of a GRU."""

    mode = "GRU"


class RNNBase(_Weights):
    """Layers of a recurrence over a sequence, in one direction or both.

    Raises ValueError and RuntimeError for inputs of the wrong number of dimensions or the wrong size, as torch does.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        if proj_size:
            raise NotImplementedError("this runtime has no LSTM with projections: leave out proj_size")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, float(dropout), bidirectional
        self._suffixes = [[f"_l{k}{end}" for end in ("", "_reverse")[:1 + bidirectional]] for k in range(num_layers)]
        for k, suffixes in enumerate(self._suffixes):
            for suffix in suffixes:
                self._add(suffix, input_size if k == 0 else hidden_size * (1 + bidirectional), bias, dtype)
        self.reset_parameters()

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """`(output, state)` for `input` (time, batch, input_size), batch first if so made, or (time, input_size)."""
        self._check(input)
        two, batched = self.mode == "LSTM", input.dim() == 3
        x = input.unsqueeze(1) if not batched else input.transpose(0, 1) if self.batch_first else input
        states: list[Any] = list(hx) if two and hx is not None else [hx]
        if hx is None:
            zero = torch.zeros(self.num_layers * (1 + self.bidirectional), x.shape[1], self.hidden_size, dtype=x.dtype)
            states = [zero, zero] if two else [zero]
        elif not batched:
            states = [t.unsqueeze(1) for t in states]
        out, last = self._layers(x, [t.unbind(0) for t in states])
        if not batched:
            out, last = out.squeeze(1), [t.squeeze(1) for t in last]
        elif self.batch_first:
            out = out.transpose(0, 1)
        return out, tuple(last) if two else last[0]

    def _layers(self, x: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """Every layer in turn; `states` and the result hold `h` (and `c`) of every layer and direction."""
        last: list[Any] = []
        for k, suffixes in enumerate(self._suffixes):
            if k and self.dropout and self.training:
                x = F.dropout(x, self.dropout)
            outs = []
            for direction, suffix in enumerate(suffixes):
                place = k * len(suffixes) + direction
                out, state = self._sweep(x, [s[place] for s in states], self._of(suffix), bool(direction))
                outs.append(out)
                last.append(state)
            x = outs[0] if len(outs) == 1 else torch.cat(outs, -1)
        return x, [torch.stack(part) for part in zip(*last, strict=True)]

    def _sweep(self, x: Any, state: list[Any], weights: tuple[Any, ...], backwards: bool) -> tuple[Any, list[Any]]:
        """One layer in one direction."""
        now: Any = tuple(state) if self.mode == "LSTM" else state[0]
        found = []
        times = x.unbind(0)
        for part in reversed(times) if backwards else times:
            now = step(self.mode, part, now, weights)
            found.append(now[0] if self.mode == "LSTM" else now)
        return torch.stack(found[::-1] if backwards else found), list(now) if self.mode == "LSTM" else [now]

    def _check(self, input: Any) -> None:
        name = type(self).__name__
        if not isinstance(input, torch.Tensor):
            raise NotImplementedError(f"this runtime's {name} takes tensors, not {type(input).__name__}")
        if input.dim() not in (2, 3):
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError("input.size(-1) must be equal to input_size. Expected "
                               f"{self.input_size}, got {input.shape[-1]}")

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, default in (("num_layers", 1), ("bias", True), ("batch_first", False), ("dropout", 0.0),
                              ("bidirectional", False)):
            value = getattr(self, name)
            text += "" if value == default else f", {name}={value}"
        return text


class RNN(RNNBase):
    """An Elman network: `h' = tanh(W_ih x + b_ih + W_hh h + b_hh)`, or relu of it."""

    def __init__(self, *args: Any, nonlinearity: str = "tanh", **kwargs: Any) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        object.__setattr__(self, "mode", f"RNN_{nonlinearity.upper()}")
        super().__init__(*args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory; the state is `(h, c)`."""

    mode = "LSTM"


class GRU(RNNBase):
    """Gated recurrent units."""

    mode = "GRU"
