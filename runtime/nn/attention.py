"""Attention over several heads, and the encoder layers made of it (Vaswani et al., 2017)."""
from __future__ import annotations

import copy
from typing import Any

import runtime as torch
from runtime.nn import functional as F
from runtime.nn import init
from runtime.nn.containers import ModuleList
from runtime.nn.layers import Dropout, LayerNorm, Linear
from runtime.nn.module import Module
from runtime.nn.parameter import Parameter


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` that prints as torch prints the last step of an attention."""


class MultiheadAttention(Module):
    """Scaled dot-product attention in `num_heads` parts of the embedding, joined by a linear map.

    Raises AssertionError if the embedding cannot be cut into the heads.
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
                 batch_first: bool = False, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError("embed_dim and num_heads must be greater than 0, got "
                             f"embed_dim={embed_dim} and num_heads={num_heads} instead")
        if embed_dim % num_heads:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.head_dim = embed_dim // num_heads
        self.in_proj_weight = Parameter(torch.empty(3 * embed_dim, embed_dim, dtype=dtype))
        self.register_parameter("in_proj_bias", Parameter(torch.empty(3 * embed_dim, dtype=dtype)) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, dtype=dtype)
        init.xavier_uniform_(self.in_proj_weight)
        if bias:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)

    def forward(self, query: Any, key: Any, value: Any, key_padding_mask: Any = None, need_weights: bool = True,
                attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Any, Any]:
        """`(output, weights)`, of (length, batch, embedding), batch first if so made, or without a batch.

        A mask of bool says which places are not looked at; one of numbers is added to the scores.
        """
        batched = query.dim() == 3
        q, k, v = (t.unsqueeze(1) if not batched else t.transpose(0, 1) if self.batch_first else t
                   for t in (query, key, value))
        length, batch, _ = q.shape
        parts = zip((q, k, v), self.in_proj_weight.chunk(3),
                    (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3), strict=True)
        heads = [F.linear(x, w, b).reshape(x.shape[0], batch, self.num_heads, self.head_dim).permute(1, 2, 0, 3)
                 for x, w, b in parts]
        scores = (heads[0] * self.head_dim ** -0.5) @ heads[1].transpose(-2, -1)
        scores = self._masked(scores, attn_mask, key_padding_mask, batched)
        weights = scores.softmax(-1)
        if self.dropout and self.training:
            weights = F.dropout(weights, self.dropout)
        joined = (weights @ heads[2]).permute(2, 0, 1, 3).reshape(length * batch, self.embed_dim)
        out = self.out_proj(joined).view(length, batch, self.embed_dim)
        shown = (weights.mean(1) if average_attn_weights else weights) if need_weights else None
        if not batched:
            return out.squeeze(1), None if shown is None else shown.squeeze(0)
        return out.transpose(0, 1) if self.batch_first else out, shown

    def _masked(self, scores: Any, attn_mask: Any, padding: Any, batched: bool) -> Any:
        """Scores (batch, head, query, key) under the masks."""
        batch, heads = scores.shape[:2]
        if attn_mask is not None:
            if attn_mask.dim() == 3:  # one per batch and head
                attn_mask = attn_mask.view(batch, heads, *attn_mask.shape[1:])
            scores = _under(scores, attn_mask)
        if padding is not None:
            scores = _under(scores, padding.view(batch if batched else 1, 1, 1, -1))
        return scores


def _under(scores: Any, mask: Any) -> Any:
    return scores.masked_fill(mask, float("-inf")) if mask.dtype is torch.bool else scores + mask


class TransformerEncoderLayer(Module):
    """Self-attention and two linear layers, each added to its input and normalised."""

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Any = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
                 norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first, dtype=dtype)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype)
        self.norm_first = norm_first
        self.norm1, self.norm2 = (LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype) for _ in range(2))
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        if activation not in ("relu", "gelu") and not callable(activation):
            raise RuntimeError(f"activation should be relu/gelu, not {activation}")
        self.activation = {"relu": F.relu, "gelu": F.gelu}[activation] if isinstance(activation, str) else activation

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """The encoded sequence, of the shape of `src`."""
        def attended(x: Any) -> Any:
            return self.dropout1(self.self_attn(x, x, x, src_key_padding_mask, False, src_mask)[0])

        def fed(x: Any) -> Any:
            return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))
        if self.norm_first:
            x = src + attended(self.norm1(src))
            return x + fed(self.norm2(x))
        x = self.norm1(src + attended(src))
        return self.norm2(x + fed(x))


class TransformerEncoder(Module):
    """Copies of an encoder layer, one after another."""

    def __init__(self, encoder_layer: Any, num_layers: int, norm: Any = None, enable_nested_tensor: bool = True,
                 mask_check: bool = True) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None,
                is_causal: bool | None = None) -> Any:
        """The encoded sequence, of the shape of `src`."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask)
        return src if self.norm is None else self.norm(src)
