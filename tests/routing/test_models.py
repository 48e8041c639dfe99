"""The joins of the networks that users build with nn, as their papers draw them."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor


def joins_of(model, shape: tuple[int, ...], **options):  # type: ignore[no-untyped-def]
    images = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    loss = (model(Tensor(images, **options)) ** 2).mean()
    return autograd.routes(loss).joins[::-1]


@pytest.mark.parametrize(("shortcut", "between"), [("A", "padded"), ("B", "projected")])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_resnet20(shortcut: str, between: str, requires_grad: bool) -> None:
    """He et al. 2015: nine blocks, a ReLU after each add, other shortcuts between the stages."""
    joins = joins_of(nn.resnet20(shortcut=shortcut), (2, 3, 8, 8), requires_grad=requires_grad)
    assert [join.name for join in joins] == [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in (0, 1, 2)]
    assert [join.kind for join in joins] == ["identity"] * 3 + [between, "identity", "identity"] * 2
    assert {join.trunk.kind for join in joins} == {"mask"}


def test_the_plain_twin_has_no_joins() -> None:
    assert not joins_of(nn.resnet20(residual=False), (2, 3, 8, 8))


def test_resnet18() -> None:
    joins = joins_of(nn.resnet18(), (2, 3, 32, 32))
    assert [join.kind for join in joins] == ["identity"] * 2 + ["projected", "identity"] * 3


def test_residual_around_any_module() -> None:
    net = nn.Sequential(*[nn.Residual(nn.Sequential(nn.Linear(4, 4), nn.Tanh())) for _ in range(3)])
    joins = joins_of(net, (5, 4), requires_grad=True)
    assert [join.kind for join in joins] == ["identity"] * 3
    assert [join.name for join in joins] == ["0", "1", "2"]
