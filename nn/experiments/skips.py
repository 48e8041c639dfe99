"""He et al. 2016's other skips and other orders, and what each does to the gradient before any training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.experiments.probes import checked_choice, checked_count, forward, gradient_norms, response, routes_of, skip_shares, unit_loss
from nn.experiments.variants import GATED, ORDERS, SKIPS, Parts, variant_block

FAILED = float("inf")  # the paper's "fail": a test error above 20 %
GATE_BIASES = (0.0, -6.0)

# The paper's test errors on CIFAR-10 with ResNet-110, in percent: table 1, and the first column of table 2.
PAPER_SKIPS = {
    ("identity", None): 6.61, ("none", None): FAILED, ("scaled_skip", None): FAILED, ("scaled", None): 12.35,
    ("exclusive_gate", 0.0): FAILED, ("exclusive_gate", -6.0): 8.70, ("exclusive_gate", -7.0): 9.81,
    ("shortcut_gate", 0.0): 12.86, ("shortcut_gate", -6.0): 6.91, ("conv", None): 12.22, ("dropout", None): FAILED,
}  # fmt: skip
PAPER_ORDERS = {"original": 6.61, "norm_after_add": 8.17, "relu_before_add": 7.84, "relu_only": 6.71, "full": 6.37}


@dataclass(frozen=True)
class VariantProfile:
    """One variant at its first values. Norms are Frobenius norms over the batch.

    Attributes
    ----------
    skip, order, gate_bias
        As `gradient_by_variant` was asked; `gate_bias` is None without a gate.
    gradients : tuple of float
        ‖dL/dx‖ at every block's input, and last at the last block's output, where it is 1.
    responses : tuple of float
        ‖what is added to the skip‖/‖x‖ of every block.
    skip_shares : tuple of float
        The exact share of dL/dx that came by the skip, of every block; empty without skips.
    length_norms, length_shares : tuple of float
        ‖G_k‖ and <G_k, g>/<g, g>: the part of dL/dx at the first block that crossed exactly k of the F. Without skips every
        path crosses all of them.
    cancellation : float
        Sum of ‖G_k‖ over ‖g‖.
    """

    skip: str
    order: str
    gate_bias: float | None
    gradients: tuple[float, ...]
    responses: tuple[float, ...]
    skip_shares: tuple[float, ...]
    length_norms: tuple[float, ...]
    length_shares: tuple[float, ...]
    cancellation: float

    @property
    def skip_path(self) -> float:
        """‖G_0‖: what of the gradient of norm 1 came down by the skips alone, the ∏λ of the paper's equation 8; 0 without skips."""
        return self.length_norms[0]

    @property
    def mean_length(self) -> float:
        """The mean k, each weighed by its ‖G_k‖."""
        return float(np.average(range(len(self.length_norms)), weights=self.length_norms))

    @property
    def rate(self) -> float:
        """The factor by which one block changes ‖dL/dx‖ on its way down: the geometric mean."""
        return float((self.gradients[0] / self.gradients[-1]) ** (1 / len(self.responses)))

    @property
    def paper_error(self) -> float | None:
        """The paper's test error in percent, of ResNet-110 on CIFAR-10; inf where it says "fail", None where it says nothing."""
        if self.order == "original":
            return PAPER_SKIPS.get((self.skip, self.gate_bias))
        return PAPER_ORDERS.get(self.order) if self.skip == "identity" else None

    @property
    def label(self) -> str:
        """The skip, with its gate's first bias, and the order where it is not the original."""
        return label_of(self.skip, self.order, self.gate_bias)

    def draw(self, theme: str = "light") -> Any:
        """A Matplotlib figure; see `variant_figure` for several side by side."""
        from nn.experiments.panels import variant_figure

        return variant_figure([self], theme=theme)


def gradient_by_variant(
    skip: str = "identity", order: str = "original", *, gate_bias: float = 0.0, conv: bool = False, norm: bool = True,
    blocks: int = 18, width: int | None = None, batch: int = 32, pixels: int = 8, seed: int = 0,
) -> VariantProfile:  # fmt: skip
    """What a skip or an order of He et al. 2016 does to the gradient, block by block and path length by path length.

    The net is `blocks` equal blocks of two weight layers in float64, at He's initialisation. L = Σ c ⊙ y with a random c of
    norm 1, so that the gradient at the last block's output has norm 1 and nothing but the blocks changes it.

    Parameters
    ----------
    skip : str
        Table 1. identity; none (a plain net); scaled_skip: F(x) + x/2; scaled: F(x)/2 + x/2; exclusive_gate: g ⊙ F(x) + (1 - g) ⊙ x;
        shortcut_gate: F(x) + (1 - g) ⊙ x, g = sigmoid(Wx + b); conv: F(x) + W x, a 1×1 convolution (dense: a matrix); dropout:
        F(x) + dropout(x), half of x set to 0 and the rest doubled.
    order : str
        Figure 4: original (ReLU after the sum), norm_after_add, relu_before_add, relu_only, full (pre-activation).
    gate_bias : float
        The gates' first b; their weights start near 0, so that g starts near sigmoid(b).
    conv : bool
        3×3 convolutions on images of `pixels` by `pixels`, else dense layers.
    norm : bool
        Batch norm, as in the paper; without it the n of an order is left out.
    blocks, width, batch : int
        `width` is the number of channels (by default 16), or of entries of x (64).
    seed : int

    Returns
    -------
    VariantProfile

    Raises
    ------
    ValueError
        On an unknown name, or a size below 1.

    Notes
    -----
    He et al. 2016, equations 7 and 8: with h(x) = λx the gradient is ∏λ times what came from above, plus what went through
    some F. `skip_path` is that ∏λ as it arrives, masks of the trunk included, and the other G_k what went through k of the F.

    Examples
    --------
    >>> from nn.experiments import gradient_by_variant
    >>> found = gradient_by_variant("scaled_skip", "full", blocks=4, width=8, batch=4)
    >>> round(found.skip_path, 12)  # 1/2 to the fourth
    0.0625
    """
    checked_choice("skip", skip, SKIPS)
    checked_choice("order", order, ORDERS)
    width = (16 if conv else 64) if width is None else width
    checked_count(blocks=blocks, width=width, batch=batch, pixels=pixels)
    random = np.random.default_rng(seed)
    parts = Parts(width, conv, norm, random)
    layers = [variant_block(parts, skip, order, gate_bias) for _ in range(blocks)]
    trunk = forward(layers, random.normal(size=(batch, width, pixels, pixels) if conv else (batch, width)))
    return _profile(skip, order, gate_bias if skip in GATED else None, layers, trunk, unit_loss(trunk[-1], random))


def _profile(skip: str, order: str, bias: float | None, layers: Any, trunk: Any, loss: Any) -> VariantProfile:
    routes = routes_of(loss, trunk[0], layers)
    lengths = routes.path_lengths(trunk[0])
    crossed = () if routes.joins else (0.0,) * len(layers)
    return VariantProfile(
        skip, order, bias, gradient_norms(loss, trunk),
        tuple(response(block, x) for block, x in zip(layers, trunk[:-1], strict=True)), skip_shares(routes),
        (*crossed, *lengths.norms.tolist()), (*crossed, *lengths.shares.tolist()), lengths.cancellation,
    )  # fmt: skip


def label_of(skip: str, order: str, gate_bias: float | None) -> str:
    """A variant in a few words."""
    named = skip if gate_bias is None else f"{skip}, b = {gate_bias:g}"
    return named if order == "original" else order if skip == "identity" else f"{named}, {order}"


def compare_skips(skips: Iterable[str] = SKIPS, *, gate_biases: Iterable[float] = GATE_BIASES, **options: Any) -> list[VariantProfile]:
    """`gradient_by_variant` of the skips of table 1, the gated ones once for each first bias.

    Examples
    --------
    >>> from nn.experiments import compare_skips
    >>> [each.label for each in compare_skips(["identity", "shortcut_gate"], blocks=2, width=4, batch=4)]
    ['identity', 'shortcut_gate, b = 0', 'shortcut_gate, b = -6']
    """
    return [gradient_by_variant(skip, gate_bias=bias, **options) for skip, bias in cases(skips, gate_biases)]


def cases(skips: Iterable[str], gate_biases: Iterable[float]) -> list[tuple[str, float]]:
    """Every skip, the gated ones with each bias."""
    biases = tuple(gate_biases)
    return [(skip, bias) for skip in skips for bias in (biases if skip in GATED else (0.0,))]


def compare_orders(orders: Iterable[str] = tuple(ORDERS), **options: Any) -> list[VariantProfile]:
    """`gradient_by_variant` of the orders of figure 4, with the same options.

    Examples
    --------
    >>> from nn.experiments import compare_orders
    >>> [each.paper_error for each in compare_orders(blocks=2, width=4, batch=4)]
    [6.61, 8.17, 7.84, 6.71, 6.37]
    """
    return [gradient_by_variant(order=order, **options) for order in orders]
