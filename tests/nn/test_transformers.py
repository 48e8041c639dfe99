"""Encoder and decoder: their joins, their masks, their copies; numbers against PyTorch's are in test_torch_modules."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import autograd
import nn
from autograd.testing import check_gradients

RNG = np.random.default_rng(0)
X, MEMORY = RNG.normal(size=(5, 3, 8)), RNG.normal(size=(4, 3, 8))


def layers(norm_first):
    options = {"dropout": 0.0, "norm_first": norm_first, "generator": 0}
    return nn.TransformerEncoderLayer(8, 2, 16, **options).double(), nn.TransformerDecoderLayer(8, 2, 16, **options).double()


@pytest.mark.parametrize("norm_first", [True, False])
def test_every_residual_connection_is_found(norm_first):
    encoder, decoder = layers(norm_first)
    for out, x, count in ((lambda x: encoder(x), X, 2), (lambda x: decoder(x, MEMORY), X, 3)):
        x = autograd.Tensor(x, requires_grad=True)
        joins = autograd.routes((out(x) ** 3).sum(), x).joins
        assert [join.kind for join in joins] == ["identity"] * count
        assert {join.trunk.kind for join in joins} == ({"nothing"} if norm_first else {"norm"})


def test_the_whole_of_it_and_its_twin():
    net = nn.Transformer(8, 2, 2, 1, 16, 0.0, norm_first=True, generator=0).double()
    assert len(nn.residual_blocks(net)) == 3
    src, tgt = (autograd.Tensor(each, requires_grad=True) for each in (MEMORY, X))
    out = net(src, tgt)
    assert len(autograd.routes((out**3).sum(), [src, tgt]).joins) == 2 * 2 + 3
    with nn.without_skips(net):
        twin = net(src, tgt)
        assert not autograd.routes((twin**3).sum(), tgt).joins
    assert np.abs(twin.data - out.data).max() > 0.1


def test_copies_start_alike_and_learn_apart():
    stack = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0), 2, nn.LayerNorm(8))
    one, two = stack.layers
    assert_array_equal(one.linear1.weight.data, two.linear1.weight.data)
    assert one.linear1.weight is not two.linear1.weight
    assert list(stack.state_dict())[-2:] == ["norm.weight", "norm.bias"]
    assert sum(parameter.size for parameter in stack.parameters()) == 2 * sum(parameter.size for parameter in one.parameters()) + 16


def test_causal_is_the_mask():
    encoder, decoder = layers(True)
    mask = nn.Transformer.generate_square_subsequent_mask(5, np.float64)
    assert_allclose(encoder(X, is_causal=True).data, encoder(X, src_mask=mask).data, 1e-12)
    assert_allclose(decoder(X, MEMORY, tgt_is_causal=True).data, decoder(X, MEMORY, tgt_mask=mask).data, 1e-12)
    later = X.copy()
    later[3:] += 1.0
    assert_allclose(encoder(later, is_causal=True).data[:3], encoder(X, is_causal=True).data[:3], 1e-12)


def test_what_is_masked_changes_nothing():
    _, decoder = layers(False)
    padding, other = np.array([[False, False, True, True]] * 3), MEMORY.copy()
    other[2:] = 7.0
    found, wanted = (decoder(X, each, memory_key_padding_mask=padding).data for each in (MEMORY, other))
    assert_allclose(found, wanted, 1e-12)


def test_gradients():
    net = nn.Transformer(4, 2, 1, 1, 6, 0.0, activation="gelu", generator=0).double()
    check_gradients(lambda src, tgt: net(src, tgt), X[:2, :2, :4], X[2:4, :2, 4:], most=16)


@pytest.mark.parametrize("shapes", [((5, 3, 8), (4, 2, 8)), ((5, 3, 8), (4, 3, 6)), ((5, 8), (4, 3, 8))])
def test_sequences_that_do_not_fit(shapes):
    with pytest.raises(ValueError, match="one N and E = 8"):
        nn.Transformer(8, 2, 1, 1, 16)(*(np.zeros(shape, np.float32) for shape in shapes))


def test_a_stack_takes_a_layer():
    with pytest.raises(TypeError, match="takes a layer"):
        nn.TransformerEncoder("layer", 2)
