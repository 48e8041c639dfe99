"""Dominators against networkx."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.graph import Node, leaf, next_number
from autograd.routing.dominators import immediate_dominators, meet

networkx: Any = pytest.importorskip("networkx")


@st.composite
def graphs(draw: Any) -> list[Node]:
    """Random acyclic graphs: each node takes some older ones."""
    nodes: list[Node] = [leaf((), float)]  # type: ignore[arg-type]
    for _ in range(draw(st.integers(1, 14))):
        node = Node()
        node.parents = tuple(draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3)))
        node.op, node.number, node.scope, node.shape, node.dtype = None, next_number(), None, (), float
        nodes.append(node)
    return nodes


@given(graphs())
def test_immediate_dominators(nodes: list[Node]) -> None:
    target = nodes[0]
    forward = networkx.DiGraph([(parent, node) for node in nodes for parent in node.parents])
    expected = dict(networkx.immediate_dominators(forward, target))
    expected[target] = target
    assert immediate_dominators(nodes, target) == expected


@given(graphs(), st.data())
def test_the_nearest_common_dominator(nodes: list[Node], data: Any) -> None:
    """The newest node that every path from either meets: removing it cuts both off."""
    target = nodes[0]
    a, b = data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes))
    forward = networkx.DiGraph([(parent, node) for node in nodes for parent in node.parents])

    def cuts(middle: Node, node: Node) -> bool:
        return middle in (node, target) or not networkx.has_path(networkx.restricted_view(forward, [middle], []), target, node)

    common = [n for n in nodes if cuts(n, a) and cuts(n, b)]
    assert meet(immediate_dominators(nodes, target), [a, b]) is max(common, key=lambda n: n.number)


def test_what_does_not_lead_to_the_target_is_left_out() -> None:
    x, w = leaf((), float), leaf((), float)  # type: ignore[arg-type]
    assert immediate_dominators([x, w], x) == {x: x}
