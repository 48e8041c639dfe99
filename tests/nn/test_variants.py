"""The skips and orders of He et al. 2016 and the starts at 0, where theory gives the numbers; and their figures."""

from math import comb, exp

import numpy as np
import pytest

import autograd
import nn
from nn.experiments import (
    ORDERS,
    SKIPS,
    STARTS,
    compare_orders,
    compare_skips,
    compare_starts,
    first_steps,
    gradient_by_length,
    gradient_by_variant,
    train_variant,
)
from nn.experiments.variants import Parts, variant_block

SMALL = {"blocks": 5, "width": 6, "batch": 8}
ZEROS = ("fixup", "rezero", "skipinit", "zero_gamma")


# ------------------------------------------------------------------------------------------------------------- skips


@pytest.mark.parametrize(("skip", "factor"), [("identity", 1.0), ("scaled_skip", 0.5), ("scaled", 0.5)])
@pytest.mark.parametrize("conv", [False, True])
def test_the_skips_alone_pass_on_the_product_of_their_factors(skip: str, factor: float, conv: bool) -> None:
    """He et al. 2016, equation 8, in the order that leaves the highway free."""
    found = gradient_by_variant(skip, "full", conv=conv, pixels=3, **SMALL)
    assert found.skip_path == pytest.approx(factor**5, rel=1e-12)


@pytest.mark.parametrize("skip", ["exclusive_gate", "shortcut_gate"])
@pytest.mark.parametrize("bias", [0.0, -6.0, 2.0])
def test_a_gate_near_its_bias_passes_on_the_rest(skip: str, bias: float) -> None:
    found = gradient_by_variant(skip, "full", gate_bias=bias, **SMALL)
    assert found.skip_path == pytest.approx((1 - 1 / (1 + exp(-bias))) ** 5, rel=0.1)
    assert found.label == f"{skip}, b = {bias:g}, full"


def test_without_skips_every_path_crosses_every_f() -> None:
    found = gradient_by_variant("none", **SMALL)
    assert found.skip_shares == () and found.skip_path == 0.0 and found.mean_length == 5.0
    assert found.length_norms == pytest.approx((0, 0, 0, 0, 0, found.gradients[0]))


@pytest.mark.parametrize("skip", SKIPS)
@pytest.mark.parametrize("order", ORDERS)
def test_every_skip_in_every_order_gives_consistent_numbers(skip: str, order: str) -> None:
    found = gradient_by_variant(skip, order, **SMALL)
    assert found.gradients[-1] == pytest.approx(1.0)
    assert len(found.gradients) == len(found.length_norms) == 6 and len(found.responses) == 5
    assert len(found.skip_shares) == (0 if skip == "none" else 5)
    assert sum(found.length_shares) == pytest.approx(1.0, abs=1e-9)
    assert sum(found.length_norms) == pytest.approx(found.cancellation * found.gradients[0])


def test_dropout_drops_half_of_the_skip_and_doubles_the_rest() -> None:
    found = gradient_by_variant("dropout", "full", blocks=1, width=64, batch=64)
    assert found.skip_path == pytest.approx(2 * 0.5**0.5, rel=0.05)


def test_the_exclusive_gate_is_the_highway_blocks_formula() -> None:
    random = np.random.default_rng(0)
    block = variant_block(Parts(4, False, False, random), "exclusive_gate", "relu_before_add", -1.0)
    x = random.normal(size=(3, 4))
    g = 1 / (1 + np.exp(-(x @ block.gate.layer.weight.numpy().T + block.gate.layer.bias.numpy())))
    first, last = (each.weight.numpy() for each in block.branch.modules() if isinstance(each, nn.Linear))
    f = np.maximum(np.maximum(x @ first.T, 0) @ last.T, 0)
    np.testing.assert_allclose(block(x).numpy(), g * f + (1 - g) * x, rtol=1e-12)
    np.testing.assert_allclose(autograd.as_tensor(block.function(x)).numpy(), g * f, rtol=1e-12)


def test_the_orders_are_figure_4s() -> None:
    """W is a weight layer, B batch norm, R ReLU, + the sum."""
    letters = {"linear": "W", "batch_norm_statistics": "B", "relu": "R", "add": "+"}
    drawn = {"original": "WBRWB+R", "norm_after_add": "WBRW+BR", "relu_before_add": "WBRWBR+", "relu_only": "RWBRWB+", "full": "BRWBRW+"}
    for order, expected in drawn.items():
        block = variant_block(Parts(4, False, True, np.random.default_rng(0)), "identity", order, 0.0)
        y = block(autograd.Tensor(np.random.default_rng(1).normal(size=(3, 4)), requires_grad=True))
        recorded = [node.op.name for node in reversed(list(autograd.graph.ancestors([y.node]))) if node.op is not None]
        assert "".join(letters.get(name, "") for name in recorded) == expected, recorded


def test_the_papers_errors_stand_beside_the_variants() -> None:
    told = {each.label: each.paper_error for each in compare_skips(blocks=1, width=3, batch=3)}
    assert told["identity"] == 6.61 and told["shortcut_gate, b = -6"] == 6.91 and told["dropout"] == float("inf")
    assert [each.paper_error for each in compare_orders(blocks=1, width=3, batch=3)] == [6.61, 8.17, 7.84, 6.71, 6.37]
    assert gradient_by_variant("conv", "full", **SMALL).paper_error is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"skip": "highway"}, "skip is one of identity"), ({"order": "last"}, "order is one of original"), ({"blocks": 0}, "blocks counts")],
)
def test_what_is_no_variant_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gradient_by_variant(**arguments)  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------------------------- trainings


def stripes() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """4×4 images with one bright row; the label is which."""
    labels = np.arange(64) % 4
    images = np.zeros((64, 4, 4), np.float32)
    images[np.arange(64), labels] = 1
    images = images.reshape(64, 16) + np.random.default_rng(0).normal(0, 0.1, (64, 16)).astype(np.float32)
    return images[:48], labels[:48], images[48:], labels[48:]


@pytest.mark.parametrize("conv", [False, True])
def test_a_short_training_learns_what_is_easy(conv: bool) -> None:
    trained = train_variant(stripes(), order="full", conv=conv, blocks=2, width=8, epochs=30, batch=16)
    assert len(trained.losses) == 90 and trained.losses[-1] < 0.3 * trained.losses[0] and trained.accuracy > 0.8


def test_a_training_that_diverges_ends_there() -> None:
    trained = train_variant(stripes(), norm=False, blocks=20, width=8, epochs=30, batch=16, rate=1e6)
    assert len(trained.losses) < 90 and np.isfinite(trained.losses).all()


def test_convolutions_need_square_images() -> None:
    images, labels = np.zeros((4, 6), np.float32), np.arange(4)
    with pytest.raises(ValueError, match="square images; given rows of 6"):
        train_variant((images, labels, images, labels), conv=True, blocks=1)


# ------------------------------------------------------------------------------------------------------------ starts


@pytest.mark.parametrize("start", ZEROS)
def test_a_start_at_zero_is_the_identity_and_wakes_up(start: str) -> None:
    found = first_steps(start, steps=3, blocks=4, width=16, batch=32)
    assert found.responses[0] == (0.0,) * 4 and found.skip_shares[0] == (1.0,) * 4 and found.weight_gradients[0] == (0.0,) * 4
    assert min(found.responses[-1]) > 0 and min(found.weight_gradients[-1]) > 0
    assert found.losses[-1] < found.losses[0]


@pytest.mark.parametrize("start", ["skipinit", "rezero"])
def test_with_a_free_highway_the_gradient_starts_the_same_everywhere(start: str) -> None:
    gradients = first_steps(start, steps=1, blocks=4, width=16, batch=32).gradients[0]
    assert gradients == pytest.approx((gradients[-1],) * 5, rel=1e-12)


def test_he_without_a_norm_grows_and_diverges() -> None:
    found = first_steps("he", steps=30)
    assert found.growth > 1e3 and len(found.losses) < 31 and not np.isfinite(found.losses[-1])


def test_fixup_scales_the_first_layer_by_the_depth() -> None:
    """Zhang et al. 2019: L^(-1/(2m - 2)) with m = 2."""
    parts = Parts(64, False, False, np.random.default_rng(0))
    block = STARTS["fixup"][1](parts, 16)
    first, last = (each.weight.numpy() for each in block.branch.modules() if isinstance(each, nn.Linear))
    assert first.std() == pytest.approx((2 / 64) ** 0.5 / 4, rel=0.05) and not last.any()
    assert sum(p.size for p in block.parameters()) == 2 * 64 * 64 + 4 + 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((np.ones((3, 2)), np.array([0, 1])), "a label from 0 to 9"),
        ((np.ones((2, 2)), np.array([0, 10])), "a label from 0 to 9"),
        ((np.ones((2, 2)), np.array([0.0, 1.0])), "a label from 0 to 9"),
    ],
)
def test_data_that_are_no_labelled_rows_are_refused(data: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        first_steps("he", data)


def test_an_unknown_start_is_refused() -> None:
    with pytest.raises(ValueError, match="start is one of he,"):
        first_steps("zero")


# ---------------------------------------------------------------------------------------------------------- lengths


def multiples(blocks: int, factor: float) -> tuple[autograd.Tensor, autograd.Tensor]:
    """y = x + W x with W = factor · 1, again and again: every path of length k has the norm factorᵏ."""
    x = autograd.Tensor(np.ones((2, 8)), requires_grad=True)
    y = x
    for _ in range(blocks):
        y = y + y @ (factor * np.eye(8))
    return (y / 4.0).sum(), x


def test_paths_that_agree_have_both_measures_equal() -> None:
    found = gradient_by_length(*multiples(6, 0.5))
    expected = [comb(6, k) * 0.5**k for k in range(7)]
    assert found.counts == tuple(comb(6, k) for k in range(7))
    np.testing.assert_allclose([found.norms, found.veit_norms], [expected, expected], rtol=1e-12)
    np.testing.assert_allclose(found.path_norms, 0.5 ** np.arange(7), rtol=1e-12)
    assert found.mean_length == pytest.approx(2.0) and found.veit_mean_length == pytest.approx(2.0)
    assert sum(found.shares) == pytest.approx(1.0)


def test_paths_that_differ_cancel_and_the_exact_measure_is_smaller() -> None:
    random = np.random.default_rng(0)
    x = autograd.Tensor(random.normal(size=(8, 16)), requires_grad=True)
    y = x
    for _ in range(6):
        y = y + autograd.tanh(y @ random.normal(size=(16, 16))) * 0.5
    found = gradient_by_length(y.sum(), x, samples=20)
    assert sum(found.norms) < 0.9 * sum(found.veit_norms)


def test_what_has_no_lengths_is_refused() -> None:
    x = autograd.Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match="no residual join"):
        gradient_by_length(autograd.tanh(x).sum(), x)
    with pytest.raises(ValueError, match="samples counts from 1"):
        gradient_by_length(*multiples(1, 0.5), samples=0)


# ----------------------------------------------------------------------------------------------------------- figures


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_result_draws_itself_in_both_themes(theme: str) -> None:
    colors = pytest.importorskip("matplotlib.colors")
    figures = [
        gradient_by_variant(**SMALL).draw(theme),
        first_steps("rezero", steps=1, blocks=2, width=4, batch=8).draw(theme),
        nn.experiments.gradient_by_depth("plain", **SMALL).draw(theme),
        gradient_by_length(*multiples(3, 0.5)).draw(theme),
        nn.experiments.shattered_gradients("plain", [1, 2], width=10, inputs=4, grid=40, draws=2).draw(theme),
        nn.experiments.lesion_study(nn.Sequential(nn.Residual(nn.Identity())), lambda net: net([1.0]).item(), draws=1).draw(theme=theme),
    ]
    paper = {"light": "#FCFCFB", "dark": "#15181E"}[theme]
    assert {colors.to_hex(figure.get_facecolor()).upper() for figure in figures} == {paper}


def test_what_a_figure_shows_are_the_numbers() -> None:
    pytest.importorskip("matplotlib")
    from nn.experiments.panels import start_figure, variant_figure

    profiles = compare_skips(["identity", "scaled"], **SMALL)
    training = train_variant(stripes(), "scaled", blocks=1, width=4, epochs=1, batch=16)
    axes = np.array(variant_figure(profiles, [training]).axes).reshape(4, 2)
    np.testing.assert_array_equal(axes[0, 1].lines[-1].get_ydata(), profiles[1].gradients)
    np.testing.assert_array_equal([bar.get_height() for bar in axes[2, 1].patches], profiles[1].length_norms)
    assert "12.35 %" in axes[0, 1].get_title() and not axes[3, 0].lines and axes[3, 1].lines
    starts = compare_starts(["he", "fixup"], steps=2, blocks=2, width=4, batch=8)
    grid = np.array(start_figure(starts).axes).reshape(5, 2)
    np.testing.assert_array_equal(grid[0, 1].lines[-1].get_ydata(), starts[1].gradients[-1])


def test_a_figure_of_nothing_or_of_another_theme_is_refused() -> None:
    from nn.experiments.panels import start_figure, variant_figure

    for figure in (variant_figure, start_figure):
        with pytest.raises(ValueError, match="nothing to draw"):
            figure([])
    with pytest.raises(ValueError, match="theme is light or dark"):
        gradient_by_variant(**SMALL).draw("blue")


def test_a_path_of_each_length_is_counted_in_the_norms() -> None:
    """Where F is a multiple of the identity, ‖G_k‖ is binomial: C(n, k) cᵏ (1/2)ⁿ⁻ᵏ."""
    x = autograd.Tensor(np.random.default_rng(0).normal(size=(3, 4)), requires_grad=True)
    y = x
    for _ in range(4):
        y = 0.5 * y + y @ (0.25 * np.eye(4))
    norms = autograd.routes(y.sum(), x).path_lengths(x).norms
    np.testing.assert_allclose(norms / 12**0.5, [comb(4, k) * 0.25**k * 0.5 ** (4 - k) for k in range(5)], rtol=1e-12)
