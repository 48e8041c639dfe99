"""`loss.backward(); autograd.draw(loss)` shows the graph: topology stays when saved values go."""

from __future__ import annotations

import pytest

import autograd
import nn


def test_a_released_graph_is_drawn_without_its_constants() -> None:
    x = autograd.Tensor([[0.5, -0.5]], requires_grad=True, name="x")
    loss = ((nn.ResidualBlock(2, sigma="tanh", generator=0)(x) * 3.0) ** 2).sum() * 0.5
    before = autograd.draw(loss, level="ops").dot
    loss.backward()
    after = autograd.draw(loss).dot
    assert "h₁" in before and "h₁" in after
    assert after.count("->") > 5


def test_routes_of_a_released_graph_say_what_to_do() -> None:
    x = autograd.Tensor([1.0, 2.0], requires_grad=True)
    loss = (x + autograd.tanh(x)).sum()
    routes = autograd.routes(loss, x)
    loss.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        autograd.routes(loss, x)
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        routes.path_lengths(x)
