"""The field's experiments, where the truth is known: exact cases, the papers' rates, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest

import nn
from nn.experiments import (
    KINDS,
    NETS,
    Shattering,
    compare_depths,
    deleted,
    gradient_by_depth,
    lesion_study,
    reordered,
    shattered_gradients,
)
from nn.experiments.lesions import kendall
from nn.experiments.shattered import autocorrelation, correlation, reference

SMALL = {"blocks": 6, "width": 16, "batch": 8}


@pytest.mark.parametrize("kind", ["residual", "after_add_relu", "pre_activation"])
def test_a_linear_residual_net_that_starts_at_the_identity_keeps_the_gradient(kind: str) -> None:
    profile = gradient_by_depth(kind, "zero_last", sigma="identity", **SMALL)
    assert profile.gradients == pytest.approx([1.0] * 7, rel=1e-12)
    assert profile.responses == (0.0,) * 6
    assert profile.skip_shares == (1.0,) * 6


def test_a_linear_residual_net_of_identities_doubles_the_gradient_at_each_block() -> None:
    """y = x + x: the ways are equal, so their shares are too."""
    profile = gradient_by_depth("residual", "identity", sigma="identity", **SMALL)
    np.testing.assert_allclose(profile.gradients, 2.0 ** np.arange(6, -1, -1), rtol=1e-12)
    np.testing.assert_allclose(profile.responses, 1.0, rtol=1e-12)
    np.testing.assert_allclose(profile.skip_shares, 0.5, rtol=1e-12)
    assert profile.rate == pytest.approx(2.0)


def test_a_linear_plain_net_of_orthogonal_weights_keeps_the_gradient() -> None:
    """Saxe et al. 2013: dynamical isometry."""
    profile = gradient_by_depth("plain", "orthogonal", sigma="identity", **SMALL)
    np.testing.assert_allclose(profile.gradients, 1.0, rtol=1e-10)
    assert profile.skip_shares == ()


def test_a_plain_net_of_too_small_weights_loses_the_gradient_and_a_residual_one_does_not() -> None:
    """Xavier's variance is half of what ReLU needs: a factor of 1/√2 a layer, 1/2 a block (He et al. 2015b, section 2.2)."""
    plain, residual = (gradient_by_depth(kind, "xavier", blocks=20, width=128) for kind in ("plain", "residual"))
    assert plain.rate == pytest.approx(0.5, rel=0.1)
    assert all(below < above for below, above in pairwise(plain.gradients))
    assert residual.gradients[0] > 1


def test_the_depth_scaled_start_bounds_the_growth() -> None:
    """Σ of `blocks` branches, each of variance 1/blocks, at most multiplies by (1 + blocks^-½)^blocks; unscaled by 2^blocks."""
    scaled, full = (gradient_by_depth("pre_activation", start, blocks=20) for start in ("he_scaled", "he"))
    assert 1 < scaled.rate < 1.1 < full.rate


def test_every_kind_start_and_norm_gives_finite_numbers() -> None:
    profiles = compare_depths(initialisations=["he", "zero_last"], **SMALL)
    assert len(profiles) == 2 * 2 * len(KINDS)
    for profile in profiles:
        assert np.isfinite([*profile.gradients, *profile.responses, *profile.skip_shares]).all()
        assert len(profile.gradients) == 1 + len(profile.responses) == 7


def test_a_profile_is_repeatable() -> None:
    assert gradient_by_depth("residual", **SMALL) == gradient_by_depth("residual", **SMALL)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "highway"}, "kind is one of plain"),
        ({"initialisation": "lecun"}, "initialisation is one of he"),
        ({"blocks": 0}, "blocks counts from 1"),
        ({"x": np.zeros((3, 16))}, "not all 0"),
        ({"x": np.ones((3, 5))}, "width=16"),
    ],
)
def test_what_makes_no_profile_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gradient_by_depth(**{"kind": "plain", **SMALL, **arguments})  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- Balduzzi et al. 2017


@pytest.fixture(scope="module")
def shattered() -> dict[str, Shattering]:
    return {net: shattered_gradients(net, [1, 2, 4, 24], draws=6) for net in NETS}


@pytest.mark.parametrize("net", NETS)
def test_the_correlation_is_the_papers(shattered: dict[str, Shattering], net: str) -> None:
    """Theorems 1 to 3 are of infinite width; at 200 they hold to a few hundredths."""
    found = shattered[net]
    np.testing.assert_allclose(found.correlation[:3], found.reference[:3], atol=0.06)


def test_the_fits_tell_the_nets_apart(shattered: dict[str, Shattering]) -> None:
    assert shattered["plain"].rate == pytest.approx(0.5, abs=0.1)
    assert shattered["residual"].rate == pytest.approx(0.75, abs=0.1)
    assert shattered["scaled"].exponent == pytest.approx(-0.5, abs=0.15)


def test_a_deep_plain_nets_gradient_is_white_along_a_line_and_a_scaled_ones_brown(shattered: dict[str, Shattering]) -> None:
    white, between, brown = (shattered[net].autocorrelation[-1][5] for net in NETS)
    assert white < 0.25 < 0.5 < brown
    assert white < between < brown


def test_the_scaled_reference_is_near_its_closed_form() -> None:
    for depth in (1, 10, 100, 10_000):
        assert reference("scaled", depth, 0.1) == pytest.approx((0.01 * depth + 1) ** -0.5, rel=5e-3)
    assert reference("scaled", 10**6, 0.1) == pytest.approx(1 / (0.1 * 1000), rel=5e-3)


def test_the_measures_are_what_a_double_loop_gives() -> None:
    rows = np.random.default_rng(0).normal(0.5, 1.0, (7, 5))
    pairs = [rows[i] @ rows[j] for i in range(7) for j in range(7) if i != j]
    assert correlation(rows) == pytest.approx(np.mean(pairs) / np.mean([row @ row for row in rows]))
    series = np.random.default_rng(1).normal(3.0, 1.0, 50)
    z = series - series.mean()
    np.testing.assert_allclose(autocorrelation(series, 9), np.correlate(z, z, "full")[49:59] / (z @ z))
    assert (autocorrelation(np.full(10, 2.0), 3) == 1).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"net": "highway"}, "net is one of plain"),
        ({"depths": []}, "count from 1"),
        ({"depths": [0]}, "count from 1"),
        ({"draws": 0}, "count from 1"),
        ({"beta": 0.0}, "above 0"),
        ({"inputs": 1}, "two inputs"),
        ({"grid": 20, "lags": 20}, "lags"),
    ],
)
def test_what_shatters_nothing_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        shattered_gradients(**{"net": "plain", **arguments})  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------------- Veit et al. 2016


def affine(scale: float, shift: float) -> nn.Module:
    """F with F(x) + x = scale x + shift."""
    return nn.Residual(nn.Lambda(lambda x: (scale - 1) * x + shift))


def value(net: nn.Module) -> float:
    return float(net(np.array([1.0])).item())


@pytest.fixture
def net() -> nn.Sequential:
    """x ↦ 2x, then in a container of its own + 10, then 3x: 1 gives 36."""
    return nn.Sequential(affine(2, 0), nn.Sequential(affine(1, 10)), affine(3, 0))


def test_every_deletion_is_what_the_formula_gives(net: nn.Sequential) -> None:
    found = lesion_study(net, value, draws=3)
    assert found.whole == 36
    assert found.without_each == (33, 6, 12)
    assert set(found.without_several[0]) <= {33, 6, 12}
    assert set(found.without_several[1]) <= {3, 11, 2}
    assert found.without_several[2] == (1, 1, 1)
    assert len(found.orders) == 9
    assert value(net) == 36


def test_blocks_change_places_across_containers(net: nn.Sequential) -> None:
    with reordered(net, [1, 0, 2]):
        assert value(net) == 66
    with reordered(net, [2, 1, 0]):
        assert value(net) == 26
    assert value(net) == 36


def test_a_plain_block_is_deleted_too_and_stays_plain(net: nn.Sequential) -> None:
    blocks = nn.residual_blocks(net)
    with nn.without_skips(net), deleted(blocks):
        assert value(net) == 1
    blocks[0].residual = False
    before = value(net)
    with deleted(blocks[:1]):
        assert value(net) == 33
    assert value(net) == before and not blocks[0].residual and blocks[1].residual


def test_the_net_is_restored_when_the_measure_fails(net: nn.Sequential) -> None:
    with pytest.raises(ZeroDivisionError), deleted(nn.residual_blocks(net)), reordered(net, [2, 0, 1]):
        raise ZeroDivisionError
    assert value(net) == 36


def test_kendall_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    random = np.random.default_rng(0)
    for count in (2, 5, 30):
        order = random.permutation(count)
        assert kendall(order) == pytest.approx(stats.kendalltau(range(count), order).statistic)


def test_what_cannot_be_cut_is_refused(net: nn.Sequential) -> None:
    with pytest.raises(ValueError, match="no residual blocks"):
        lesion_study(nn.Sequential(nn.Identity()), value)
    with pytest.raises(ValueError, match="counts lie in 1 to 3"):
        lesion_study(net, value, counts=[4])
    with pytest.raises(ValueError, match="permutation of 0 to 2"), reordered(net, [0, 0, 1]):
        pass
    shared = affine(2, 0)
    with pytest.raises(ValueError, match="one place of its own"), reordered(nn.Sequential(shared, shared), [0]):
        pass
