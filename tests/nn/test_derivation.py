"""The derivation of the dense block, cell by cell: formulas written out in NumPy against the engine.

h₁ = σ(z₁), z₁ = W₁x + b₁; h₂ = σ(z₂), z₂ = W₂h₁ + b₂; y = h₂ + x. With δ₂ = dL/dy ⊙ σ'(z₂) and δ₁ = (W₂ᵀδ₂) ⊙ σ'(z₁).
The loss is L = Σ c ⊙ y + ½‖y‖², so that dL/dy = c + y is neither constant nor simple.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import autograd
import nn
from autograd import Tensor
from nn import functional as F


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


# σ and σ', written by hand.
SIGMAS = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "softplus": (lambda z: np.log1p(np.exp(z)), _sigmoid),
    "silu": (lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) * (1 + z * (1 - _sigmoid(z)))),
    "identity": (lambda z: z, np.ones_like),
}
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
sigmas = st.sampled_from(sorted(SIGMAS))
widths, seeds = st.integers(1, 7), st.integers(0, 2**32 - 1)


def random_block(width, hidden, sigma, rng):
    """A block whose W, b are all random (b too: zero biases would hide a missing one), and what its σ saw and gave."""
    seen = []
    declared = nn.residual.sigma_named(sigma)

    def watching(z):
        h = declared(z)
        seen.append((z, h))
        return h

    block = nn.ResidualBlock(width, hidden, watching, dtype=np.float64)
    for parameter in block.parameters():
        parameter.data = rng.normal(size=parameter.shape)
    return block, seen


def engine(block, x, c):
    x = Tensor(x, requires_grad=True)
    y = block(x)
    loss = (c * y).sum() + 0.5 * (y * y).sum()
    return x, y, loss


@given(widths, widths, sigmas, seeds)
def test_one_vector(width, hidden, sigma, seed):
    rng = np.random.default_rng(seed)
    block, seen = random_block(width, hidden, sigma, rng)
    W1, b1, W2, b2 = (parameter.data for parameter in block.parameters())
    x, c = rng.normal(size=width), rng.normal(size=width)
    σ, dσ = SIGMAS[sigma]

    z1 = W1 @ x + b1
    h1 = σ(z1)
    z2 = W2 @ h1 + b2
    y = σ(z2) + x
    dy = c + y
    δ2 = dy * dσ(z2)
    dh1 = W2.T @ δ2
    δ1 = dh1 * dσ(z1)

    x_, y_, loss = engine(block, x, c)
    h1_ = seen[0][1]
    found = autograd.gradients(loss, [block.W2, block.b2, h1_, block.W1, block.b1, x_])
    assert_allclose(y_.data, y, **CLOSE)
    expected = [np.outer(δ2, h1), δ2, dh1, np.outer(δ1, x), δ1, dy + W1.T @ δ1]
    for gradient, formula in zip(found, expected, strict=True):
        assert_allclose(gradient.data, formula, **CLOSE)


@given(st.integers(1, 5), widths, widths, sigmas, seeds)
def test_batch_of_rows(rows, width, hidden, sigma, seed):
    rng = np.random.default_rng(seed)
    block, seen = random_block(width, hidden, sigma, rng)
    W1, b1, W2, b2 = (parameter.data for parameter in block.parameters())
    x, c = rng.normal(size=(rows, width)), rng.normal(size=(rows, width))
    σ, dσ = SIGMAS[sigma]

    z1 = x @ W1.T + b1
    h1 = σ(z1)
    z2 = h1 @ W2.T + b2
    y = σ(z2) + x
    dy = c + y
    δ2 = dy * dσ(z2)
    dh1 = δ2 @ W2
    δ1 = dh1 * dσ(z1)

    x_, y_, loss = engine(block, x, c)
    h1_ = seen[0][1]
    found = autograd.gradients(loss, [block.W2, block.b2, h1_, block.W1, block.b1, x_])
    assert_allclose(y_.data, y, **CLOSE)
    expected = [δ2.T @ h1, δ2.sum(0), dh1, δ1.T @ x, δ1.sum(0), dy + δ1 @ W1]
    for gradient, formula in zip(found, expected, strict=True):
        assert_allclose(gradient.data, formula, **CLOSE)


@given(widths, sigmas, seeds)
def test_a_small_step_lowers_the_loss(width, sigma, seed):
    """W ← W − η dL/dW, with the η that makes the first-order gain large against the second-order error."""
    rng = np.random.default_rng(seed)
    block, _ = random_block(width, width, sigma, rng)
    x, target = rng.normal(size=(4, width)), rng.normal(size=(4, width))
    before = F.mse_loss(block(x), target)
    before.backward()
    squared = sum(float((p.grad.data**2).sum()) for p in block.parameters())
    if squared < 1e-16:  # every ReLU is off: nothing to gain
        return
    for parameter in block.parameters():
        parameter.data = parameter.data - 1e-6 / (1 + squared) * parameter.grad.data
    after = F.mse_loss(block(x), target)
    assert after.item() < before.item()


@given(widths, sigmas, seeds)
def test_without_f_the_block_is_the_identity_exactly(width, sigma, seed):
    rng = np.random.default_rng(seed)
    block = nn.ResidualBlock(width, sigma=sigma, trailing=False, zero_last=True, dtype=np.float64)
    x, g = rng.normal(size=(3, width)), rng.normal(size=(3, width))
    x_ = Tensor(x, requires_grad=True)
    y = block(x_)
    assert_array_equal(y.data, x)
    assert_array_equal(autograd.gradients(y, [x_], g)[0].data, g)


@given(widths, sigmas, seeds)
def test_the_skip_passes_the_gradient_unchanged(width, sigma, seed):
    """dL/dx less what came through F is dL/dy: the +1."""
    rng = np.random.default_rng(seed)
    block, _ = random_block(width, width, sigma, rng)
    x_ = Tensor(rng.normal(size=(3, width)), requires_grad=True)
    g = rng.normal(size=(3, width))
    (whole,) = autograd.gradients(block(x_), [x_], g)
    with nn.without_skips(block):
        (branch,) = autograd.gradients(block(x_), [x_], g)
    assert_allclose(whole.data, branch.data + g, **CLOSE)


def loss_of_identity(residual, seed, steps=60):
    """Teach H(x) = x to a block, or to its twin with the same weights, by the same steps."""
    rng = np.random.default_rng(seed)
    block = nn.ResidualBlock(8, trailing=False, residual=residual, generator=seed)
    optimizer = nn.optim.SGD(block.parameters(), lr=0.05)
    x = rng.normal(size=(64, 8)).astype(np.float32)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(block(x), x)
        loss.backward()
        optimizer.step()
    return loss.item()


@pytest.mark.parametrize("seed", range(5))
def test_the_block_learns_the_identity_faster_than_its_twin(seed):
    assert loss_of_identity(True, seed) < 0.5 * loss_of_identity(False, seed)


def test_where_f_is_minus_x_the_skip_is_cancelled():
    """J_F = -1 takes the +1 away: a skip is no guarantee."""
    branch = nn.Linear(4, 4)
    branch.weight.data = -np.eye(4, dtype=np.float32)
    branch.bias.data = np.zeros(4, np.float32)
    x = Tensor(np.arange(4.0), dtype=np.float32, requires_grad=True)
    y = nn.Residual(branch)(x)
    (gradient,) = autograd.gradients(y, [x], np.ones(4, np.float32))
    assert not y.data.any()
    assert not gradient.data.any()


def growth(seed, depth_of_init, skips=True, blocks=30):
    """‖dL/dx‖ over ‖dL/dy‖ of a stack of blocks of the note, He-initialised, without norm."""
    stack = nn.Sequential(*[nn.ResidualBlock(64, depth=depth_of_init, generator=seed + i) for i in range(blocks)])
    rng = np.random.default_rng(seed)
    x = Tensor(rng.normal(size=(16, 64)), requires_grad=True, dtype=np.float32)
    g = rng.normal(size=(16, 64)).astype(np.float32)
    for block in stack:
        block.residual = skips
    (gradient,) = autograd.gradients(stack(x), [x], g)
    return np.linalg.norm(gradient.data) / np.linalg.norm(g)


@pytest.mark.parametrize("seed", [0, 100, 200])
def test_he_initialised_blocks_without_norm_grow(seed):
    assert growth(seed, depth_of_init=1) > 1e3, "the residual gradient grows with depth"
    assert growth(seed, depth_of_init=30) < 30, "and does not, once W₂ is scaled by depth^-½"
    assert 1e-2 < growth(seed, depth_of_init=1, skips=False) < 10, "while the plain twin's stays near 1"
