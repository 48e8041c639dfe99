"""The field's experiments, where the truth is known: exact cases, the papers' rates, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest

from nn.experiments import KINDS, compare_depths, gradient_by_depth

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
        ({"blocks": 0}, "at least 1"),
        ({"x": np.zeros((3, 16))}, "not all 0"),
        ({"x": np.ones((3, 5))}, "width=16"),
    ],
)
def test_what_makes_no_profile_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gradient_by_depth(**{"kind": "plain", **SMALL, **arguments})  # type: ignore[arg-type]
