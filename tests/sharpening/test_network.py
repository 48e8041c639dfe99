"""The residual image and its net: residual + input = output, strips = whole, the seed decides all."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from nn import sharpening


def net_of(seed: int, depth: int = 3, width: int = 4, residual: bool = True) -> nn.VDSR:
    return nn.VDSR(depth, width, residual=residual, generator=seed, last=1.0)


def image(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).random(shape, np.float32)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 99), st.integers(1, 9), st.integers(1, 9))
def test_residual_and_input_are_the_output(seed: int, height: int, width: int) -> None:
    """Bit for bit; and the twin is the residual alone."""
    net, x = net_of(seed), image(seed, 2, 1, height, width)
    residual = net.function(x).data
    np.testing.assert_array_equal(net(x).data, residual + x)
    with nn.without_skips(net):
        np.testing.assert_array_equal(net(x).data, residual)
    np.testing.assert_array_equal(net_of(seed, residual=False)(x).data, residual)


def test_it_starts_as_its_input() -> None:
    """And the last layer learns all the same: its gradient is not zero."""
    net, x = nn.VDSR(4, 5, generator=0), image(0, 2, 1, 7, 6)
    np.testing.assert_array_equal(net(x).data, x)
    ((net(x) - 1.0) ** 2).sum().backward()
    assert np.abs(net.layers[-1].weight.grad.data).max() > 0


def test_the_gradient_goes_past_all_layers() -> None:
    """One join, around everything, and its skip is the identity."""
    x = autograd.Tensor(image(0, 1, 1, 6, 6), requires_grad=True)
    routes = autograd.routes((net_of(0)(x) ** 2).sum(), x)
    (join,) = routes.joins
    assert join.kind == "identity"


def test_parameters_and_names() -> None:
    """Six layers of 32 channels: 9·32 + 4·9·32² + 9·32 weights, 5·32 + 1 biases."""
    net = nn.VDSR(6, 32)
    assert sum(p.size for p in net.parameters()) == 9 * 32 * 2 + 4 * 9 * 32 * 32 + 5 * 32 + 1
    assert list(net.state_dict())[:3] == ["layers.0.weight", "layers.0.bias", "layers.1.weight"]
    assert nn.VDSR().depth == 20


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 99), st.integers(1, 40), st.integers(1, 12), st.integers(1, 40))
def test_strips_are_the_whole(seed: int, height: int, width: int, rows: int) -> None:
    net, soft = net_of(seed), image(seed, height, width)
    whole = net(soft[None, None]).data[0, 0]
    np.testing.assert_allclose(sharpening.restored(net, soft, rows), whole, atol=1e-5)


def test_weights_say_what_net_they_are() -> None:
    net = net_of(1, depth=5, width=7)
    again = sharpening.sharpener_of(net.state_dict())
    x = image(0, 1, 1, 8, 8)
    np.testing.assert_array_equal(again(x).data, net(x).data)
    for other in ({}, nn.Linear(2, 2).state_dict(), {"layers.0.weight": np.ones((2, 2))}):
        with pytest.raises(ValueError, match="not the weights of a sharpener"):
            sharpening.sharpener_of(other)


@pytest.mark.parametrize("sizes", [(1, 4, 1), (3, 0, 1), (3, 4, 0)])
def test_impossible_sizes_are_refused(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="depth is at least 2"):
        nn.VDSR(*sizes)


# ---------------------------------------------------------------------------------------------------------------- training


def test_patches_are_cut_from_the_photographs() -> None:
    """A photograph that names every place: rows and columns come in step, soft and sharp from the same place."""
    pytest.importorskip("PIL")
    photograph = (np.arange(24 * 30).reshape(24, 30) / 720).astype(np.float32)
    soft = sharpening.blurred(photograph)
    for softs, sharps in sharpening.patches([photograph], steps=5, batch=3, side=8):
        assert softs.shape == sharps.shape == (3, 1, 8, 8)
        for a, b in zip(softs[:, 0], sharps[:, 0]):
            places = np.rint(b * 720).astype(int)
            rows, columns = places // 30, places % 30
            np.testing.assert_array_equal(a, soft[rows, columns])
            assert {np.ptp(rows), np.ptp(columns)} == {7}
            assert np.unique(places).size == 64


def test_patches_come_in_all_eight_positions() -> None:
    pytest.importorskip("PIL")
    photograph = (np.arange(256).reshape(16, 16) / 256).astype(np.float32)
    seen = {np.sign(s[0, 0, 1, 0] - s[0, 0, 0, 0]) * (2 + (abs(s[0, 0, 1, 0] - s[0, 0, 0, 0]) > 0.03))
            + 10 * np.sign(s[0, 0, 0, 1] - s[0, 0, 0, 0]) for _, s in sharpening.patches([photograph], 80, batch=1, side=4)}  # fmt: skip
    assert len(seen) == 8


def test_a_seed_decides_the_training_bit_for_bit_and_it_learns() -> None:
    pytest.importorskip("PIL")
    photographs = [image(0, 40, 40), image(1, 34, 50)]
    runs = []
    for _ in range(2):
        net = net_of(3)
        losses = list(sharpening.train(net, photographs, steps=12, seed=5))
        runs.append((losses, [p.data.tobytes() for p in net.parameters()]))
    assert runs[0] == runs[1]
    assert np.mean(runs[0][0][-3:]) < np.mean(runs[0][0][:3])
    assert list(sharpening.train(net_of(3), photographs, steps=1, seed=6)) != runs[0][0][:1]


def test_a_photograph_smaller_than_a_patch_is_refused() -> None:
    with pytest.raises(ValueError, match=r"patches of 8×8 .* shape \(9, 7\)"):
        next(sharpening.patches([image(0, 9, 7)], steps=1, side=8))


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3), (9, 7, 4)])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_picture_of_any_kind_is_enlarged(shape: tuple[int, ...], scale: int) -> None:
    """A net whose F is zero leaves bicubic."""
    pytest.importorskip("PIL")
    net, picture = net_of(0), (image(2, *shape) * 255).astype(np.uint8)
    for parameter in net.parameters():
        parameter.data[...] = 0
    large = sharpening.enlarged(net, picture, scale)
    assert large.dtype == np.uint8 and large.shape == (9 * scale, 7 * scale, *([3] if len(shape) == 3 else []))
    floats = picture.astype(np.float32) / 255
    expected = sharpening.resized(floats if len(shape) == 2 else floats[..., :3], 9 * scale, 7 * scale)
    assert np.abs(large - np.clip(expected, 0, 1) * 255).max() <= 0.51
