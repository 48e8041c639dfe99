"""The transformer, encoder and decoder, under PyTorch's names: layers of two and three residual joins (Vaswani et al. 2017)."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

import autograd
from nn import init
from nn.attention import MultiheadAttention
from nn.containers import ModuleList
from nn.dense import Linear
from nn.dropouts import Dropout
from nn.module import Module
from nn.norms import LayerNorm
from nn.randomness import generator_or_shared
from nn.residual import Switchable, sigma_named


class _Layer(Switchable):
    """What both kinds of layer share: the dense part, and where the norms stand."""

    joins: int

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1, activation: Any = "relu",
        layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False, bias: bool = True,
        dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        random = generator_or_shared(generator)
        for name in ("self_attn", "multihead_attn")[: self.joins - 1]:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype, generator=random))
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype, random)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype, random)
        self.norm_first, self.activation = norm_first, sigma_named(activation)
        for number in range(1, self.joins + 1):
            setattr(self, f"norm{number}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for number in range(1, self.joins + 1):
            setattr(self, f"dropout{number}", Dropout(dropout))

    def _joined(self, number: int, x: Any, branch: Any) -> Any:
        """x + dropout(F(x)), with the norm of this number behind the sum or before F."""
        norm, drop = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return self.join(x, lambda x: drop(branch(norm(x))))
        return norm(self.join(x, lambda x: drop(branch(x))))

    def _feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


def _attending(attention: Any, memory: Any, mask: Any, padding: Any, causal: bool) -> Any:
    """x to what it attends to: itself where there is no memory."""

    def attend(x: Any) -> Any:
        seen = x if memory is None else memory
        return attention(x, seen, seen, key_padding_mask=padding, need_weights=False, attn_mask=mask, is_causal=causal)[0]

    return attend


class TransformerEncoderLayer(_Layer):
    """Self-attention and a dense layer, each with a residual connection and a norm.

    Parameters
    ----------
    d_model, nhead, dim_feedforward : int
    dropout : float
    activation : str or callable
    batch_first : bool
        Inputs (N, L, E) instead of (L, N, E); one sequence (L, E) is taken either way.
    norm_first : bool
        False: y = norm(x + F(x)), as in the paper; True: y = x + F(norm(x)), whose skips nothing interrupts.
    bias : bool
        Of every linear map and norm.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)(np.zeros((5, 7, 8), np.float32)).shape
    (5, 7, 8)
    """

    joins = 2
    self_attn: MultiheadAttention

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        x = autograd.as_tensor(src)
        x = self._joined(1, x, _attending(self.self_attn, None, src_mask, src_key_padding_mask, is_causal))
        return self._joined(2, x, self._feed_forward)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to an encoder's output and a dense layer, each with a residual connection and a norm.

    Arguments are those of `TransformerEncoderLayer`.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.TransformerDecoderLayer(8, 2, 16)
    >>> layer(np.zeros((7, 5, 8), np.float32), np.zeros((9, 5, 8), np.float32)).shape
    (7, 5, 8)
    """

    joins = 3
    self_attn: MultiheadAttention
    multihead_attn: MultiheadAttention

    def forward(
        self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None, tgt_is_causal: bool = False, memory_is_causal: bool = False,
    ) -> Any:  # fmt: skip
        x, memory = autograd.as_tensor(tgt), autograd.as_tensor(memory)
        x = self._joined(1, x, _attending(self.self_attn, None, tgt_mask, tgt_key_padding_mask, tgt_is_causal))
        x = self._joined(2, x, _attending(self.multihead_attn, memory, memory_mask, memory_key_padding_mask, memory_is_causal))
        return self._joined(3, x, self._feed_forward)


class _Stack(Module):
    """Copies of a layer, which all start with its weights, and a norm behind them."""

    def __init__(self, layer: Module, num_layers: int, norm: Module | None = None) -> None:
        if not isinstance(layer, Module) or num_layers < 0:
            raise TypeError(f"{type(self).__name__} takes a layer and how many of it, given {type(layer).__name__} and {num_layers}")
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def _end(self, x: Any) -> Any:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Encoder layers one behind the other.

    Parameters
    ----------
    encoder_layer : Module
        Copied `num_layers` times.
    norm : Module, optional
        At the end.
    enable_nested_tensor, mask_check : bool
        For code written for PyTorch; nothing depends on them here.
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True, mask_check: bool = True
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None) -> Any:
        x = autograd.as_tensor(src)
        for layer in self.layers:
            x = layer(x, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        return self._end(x)


class TransformerDecoder(_Stack):
    """Decoder layers one behind the other, all attending to one memory."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Any:  # fmt: skip
        x, memory = autograd.as_tensor(tgt), autograd.as_tensor(memory)
        for layer in self.layers:
            x = layer(
                x, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=bool(tgt_is_causal), memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return self._end(x)


class Transformer(Module):
    """Encoder and decoder, each with a norm at its end (Vaswani et al. 2017); every matrix starts as Xavier's uniform.

    Parameters
    ----------
    d_model, nhead, num_encoder_layers, num_decoder_layers, dim_feedforward : int
    custom_encoder, custom_decoder : Module, optional
        In place of those that would be made.
    dropout, activation, layer_norm_eps, batch_first, norm_first, bias
        As for `TransformerEncoderLayer`.
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6, dim_feedforward: int = 2048,
        dropout: float = 0.1, activation: Any = "relu", custom_encoder: Module | None = None, custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False, bias: bool = True,
        dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        random = generator_or_shared(generator)
        options = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, dtype, random)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        self.encoder = custom_encoder or TransformerEncoder(TransformerEncoderLayer(*options), num_encoder_layers, norm())
        self.decoder = custom_decoder or TransformerDecoder(TransformerDecoderLayer(*options), num_decoder_layers, norm())
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        self.reset_parameters(random)

    def reset_parameters(self, generator: Any = None) -> None:
        """Draw the first values of all matrices again."""
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, generator=generator)

    def forward(
        self, src: Any, tgt: Any, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None, src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Any:  # fmt: skip
        src, tgt = autograd.as_tensor(src), autograd.as_tensor(tgt)
        self._check(src, tgt)
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal,
        )  # fmt: skip

    def _check(self, src: Any, tgt: Any) -> None:
        axis = 0 if self.batch_first else 1
        alike = src.ndim == tgt.ndim and (src.ndim == 2 or (src.ndim == 3 and src.shape[axis] == tgt.shape[axis]))
        if not alike or src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            shape = "(N, L, E) or (L, E)" if self.batch_first else "(L, N, E) or (L, E)"
            raise ValueError(f"Transformer: src and tgt are {shape} with one N and E = {self.d_model}, given {src.shape} and {tgt.shape}")

    @staticmethod
    def generate_square_subsequent_mask(sz: int, dtype: Any = np.float32) -> Any:
        """What is added to scores so that step i sees steps up to i: -inf above the diagonal.

        Examples
        --------
        >>> import nn
        >>> nn.Transformer.generate_square_subsequent_mask(2)
        array([[  0., -inf],
               [  0.,   0.]], dtype=float32)
        """
        return np.triu(np.full((sz, sz), -np.inf, dtype), 1)
