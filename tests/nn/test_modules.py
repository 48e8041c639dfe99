"""Module: what is found in it, what it saves and refuses, how it names its operations."""

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor


class Net(nn.Module):
    def __init__(self):
        self.first = nn.Linear(3, 4, generator=0)
        self.blocks = nn.ModuleList(nn.Linear(4, 4, generator=i) for i in range(2))
        self.norm = nn.BatchNorm1d(4)
        self.scale = nn.Parameter([2.0])

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) * self.scale


NAMES = [
    "scale", "first.weight", "first.bias", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias",
    "norm.weight", "norm.bias",
]  # fmt: skip
BUFFERS = ["norm.running_mean", "norm.running_var", "norm.num_batches_tracked"]


def test_parameters_are_found_in_order():
    assert [name for name, _ in Net().named_parameters()] == NAMES
    assert list(Net().state_dict()) == NAMES[:] + BUFFERS
    assert [name for name, _ in Net().named_buffers()] == BUFFERS


def test_a_subclass_may_forget_to_call_init():
    class Forgetful(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter([1.0])

    assert len(list(Forgetful().parameters())) == 1


def test_shared_parameters_are_counted_once_and_saved_twice():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


@pytest.mark.parametrize("hidden", [list, tuple, lambda items: dict(enumerate(items))])
def test_plain_lists_raise_a_hint(hidden):
    class Hiding(nn.Module):
        def __init__(self):
            self.layers = hidden([nn.Linear(2, 2)])

    with pytest.raises(TypeError, match=r"nn\.ModuleList|nn\.ModuleDict"):
        Hiding()


def test_a_plain_list_filled_later_is_found_when_it_matters():
    module = nn.Module()
    module.layers = []
    module.layers.append(nn.Parameter([1.0]))
    with pytest.raises(TypeError, match=r"nn\.ParameterList"):
        list(module.parameters())


def test_a_parameter_is_not_replaced_by_an_array():
    layer = nn.Linear(2, 2)
    with pytest.raises(TypeError, match=r"\.data"):
        layer.weight = np.zeros((2, 2))
    layer.bias = None
    assert len(list(layer.parameters())) == 1


def test_parameters_are_float32_and_named():
    parameter = nn.Parameter(np.zeros(2))
    assert parameter.dtype == np.float32
    assert parameter.requires_grad
    layer = nn.Linear(2, 2)
    assert layer.weight.name == "weight"


def test_state_goes_round():
    net, other = Net(), Net()
    net(np.ones((5, 3), np.float32) * np.arange(5, dtype=np.float32)[:, None])
    assert other.load_state_dict(net.state_dict()) == ([], [])
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name].data, value.data)


def test_a_kept_state_does_not_train_on():
    layer = nn.Linear(2, 2)
    kept = layer.state_dict()
    before = kept["weight"].data.copy()
    layer.weight.data += 1
    np.testing.assert_array_equal(kept["weight"].data, before)


def test_strict_loading_lists_everything_and_changes_nothing():
    net = Net()
    state = {name: value.data for name, value in net.state_dict().items()}
    before = net.first.bias.data.copy()
    state["first.bias"] = state["first.bias"] + 1
    del state["scale"]
    state["foreign"] = np.zeros(1)
    state["norm.bias"] = np.zeros(7)
    with pytest.raises(ValueError, match="nothing was loaded") as error:
        net.load_state_dict(state)
    for what in ("scale", "foreign", "norm.bias: have (4,), given (7,)"):
        assert what in str(error.value)
    np.testing.assert_array_equal(net.first.bias.data, before)


def test_loading_without_strict_returns_the_names():
    net = Net()
    state = net.state_dict()
    del state["scale"]
    assert net.load_state_dict({**state, "foreign": 1}, strict=False) == (["scale"], ["foreign"])


def test_a_wrappers_prefix_is_dropped():
    net = Net()
    net.load_state_dict({"module." + name: value for name, value in net.state_dict().items()})


def test_loading_casts_to_what_is_here():
    layer = nn.Linear(2, 2)
    layer.load_state_dict({"weight": np.ones((2, 2)), "bias": np.ones(2)})
    assert layer.weight.dtype == np.float32


def test_casting_reaches_buffers_and_whoever_holds_a_parameter():
    net = Net()
    held = net.first.weight
    net.double()
    assert held is net.first.weight
    assert held.dtype == np.float64
    assert net.norm.running_mean.dtype == np.float64
    assert net.norm.num_batches_tracked.dtype.kind == "i"
    assert net(np.ones((4, 3))).dtype == np.float64
    assert net.float()(np.ones((4, 3), np.float32)).dtype == np.float32


def test_train_and_eval_reach_all():
    net = Net().eval()
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())


def test_freezing():
    net = Net().requires_grad_(False)
    assert not net(np.ones((4, 3), np.float32)).requires_grad
    net.first.requires_grad_()
    net(np.ones((4, 3), np.float32)).sum().backward()
    assert net.first.weight.grad is not None
    net.zero_grad()
    assert net.first.weight.grad is None


def test_copies_and_pickles_are_independent():
    net = Net()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert [n for n, _ in twin.named_parameters()] == NAMES
        assert isinstance(twin.first.weight, nn.Parameter)
        twin.first.weight.data += 1
        assert not np.array_equal(twin.first.weight.data, net.first.weight.data)


def test_hooks():
    layer, seen = nn.Linear(2, 2), []
    before = layer.register_forward_pre_hook(lambda module, args: (args[0] * 0.0,))
    after = layer.register_forward_hook(lambda module, args, out: seen.append(out) or out + 1.0)
    out = layer(np.ones((1, 2), np.float32))
    np.testing.assert_allclose(out.data, layer.bias.data[None] + 1)
    before.remove()
    after.remove()
    layer(np.ones((1, 2), np.float32))
    assert len(seen) == 1


def scopes(tensor):
    """The scope of every operation that led to a tensor."""
    found, stack = {}, [tensor.node]
    while stack:
        node = stack.pop()
        if node is not None and node.op is not None:
            found[node.op.name] = found.get(node.op.name, set()) | {node.scope.path}
            stack += node.parents
    return found


def test_scopes_are_the_names_of_the_state():
    found = scopes(Net()(np.ones((4, 3), np.float32)))
    assert found["linear"] == {"first", "blocks.0", "blocks.1"}


def test_the_scope_knows_the_class():
    node = nn.Linear(2, 2)(np.ones((1, 2), np.float32)).node
    assert node.scope.module == "Linear"


def test_the_tree_is_printed():
    assert repr(nn.Sequential(nn.Sequential(nn.ReLU()), nn.Flatten())) == (
        "Sequential(\n  (0): Sequential(\n    (0): ReLU()\n  )\n  (1): Flatten(start_dim=1, end_dim=-1)\n)"
    )


def test_containers_are_edited_like_lists():
    layers = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    layers.insert(1, nn.Linear(2, 2))
    layers.append(nn.Sigmoid())
    assert [type(layer).__name__ for layer in layers] == ["ReLU", "Linear", "Tanh", "Sigmoid"]
    assert isinstance(layers[1:3], nn.ModuleList)
    del layers[0]
    assert [name for name, _ in layers.named_parameters()] == ["0.weight", "0.bias"]
    with pytest.raises(TypeError, match="Lambda"):
        layers.append(np.tanh)


def test_module_dict_and_parameter_containers():
    named = nn.ModuleDict({"a": nn.Linear(1, 1), "b": nn.ReLU()})
    assert list(named) == ["a", "b"]
    assert "a" in named
    with pytest.raises(KeyError):
        named["forward"] = nn.ReLU()
    assert [n for n, _ in nn.ParameterList([np.zeros(2), np.zeros(3)]).named_parameters()] == ["0", "1"]
    assert list(nn.ParameterDict({"w": np.zeros(2)}).state_dict()) == ["w"]


def test_sequential_by_name_and_slice():
    net = nn.Sequential({"fc": nn.Linear(2, 3), "act": nn.ReLU()})
    assert list(net.state_dict()) == ["fc.weight", "fc.bias"]
    assert net[:1](np.ones((1, 2), np.float32)).shape == (1, 3)


def test_apply_goes_children_first():
    order = []
    nn.Sequential(nn.ReLU()).apply(lambda module: order.append(type(module).__name__))
    assert order == ["ReLU", "Sequential"]


def test_the_shared_generator_is_seeded():
    nn.manual_seed(3)
    first = nn.Linear(3, 3).weight.data.copy()
    nn.manual_seed(3)
    np.testing.assert_array_equal(nn.Linear(3, 3).weight.data, first)
    assert np.array_equal(nn.Linear(3, 3, generator=1).weight.data, nn.Linear(3, 3, generator=1).weight.data)
    with pytest.raises(TypeError, match="default_rng"):
        nn.Linear(3, 3, generator="seed")


def test_a_missing_forward_says_so():
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1)


def test_inputs_may_be_arrays_or_tensors():
    layer = nn.Linear(2, 1)
    x = np.ones((1, 2), np.float32)
    assert layer(x).data == layer(Tensor(x)).data
    with autograd.no_grad():
        assert not layer(x).requires_grad


@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_hooks(create_graph):
    layer, seen = nn.Linear(3, 2), []
    handle = layer.register_full_backward_hook(lambda module, given, out: seen.append((module, given, out)))
    x = Tensor(np.ones((4, 3)), requires_grad=True, dtype=np.float32)
    y = layer(x * 2.0)
    (y * y).sum().backward(retain_graph=True, create_graph=create_graph)
    ((module, (into,), (out,)),) = seen
    assert module is layer
    np.testing.assert_allclose(out.data, 2 * y.data)
    np.testing.assert_allclose(into.data, out.data @ layer.weight.data, rtol=1e-6)
    np.testing.assert_allclose(x.grad.data, 2 * into.data)
    y.sum().backward()
    assert len(seen) == 2
    handle.remove()
    layer(x).sum().backward()
    assert len(seen) == 2


def test_a_backward_hook_may_replace_the_gradient():
    layer = nn.ReLU()
    layer.register_full_backward_hook(lambda module, given, out: (given[0] * 3.0,))
    x = Tensor([1.0, -1.0], requires_grad=True)
    layer(x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [3.0, 0.0])


def test_a_backward_hook_of_two_inputs_and_of_none():
    layer, seen = nn.Bilinear(2, 2, 1), []
    layer.register_full_backward_hook(lambda module, given, out: seen.append(given))
    a, b = (Tensor(np.ones((1, 2)), requires_grad=True, dtype=np.float32) for _ in range(2))
    layer(a, b).sum().backward()
    layer(a.data, b.data).sum().backward()
    assert [[g is None for g in given] for given in seen] == [[False, False], [True, True]]
    layer.register_full_backward_hook(lambda module, given, out: given)
    with pytest.raises(RuntimeError, match="can replace the gradient of one"):
        layer(a, b).sum().backward()


def test_all_parameters_as_one_vector():
    net, other = Net(), Net()
    row = nn.utils.parameters_to_vector(net.parameters())
    (row * row).sum().backward()
    np.testing.assert_allclose(net.first.weight.grad.data, 2 * net.first.weight.data)
    nn.utils.vector_to_parameters(row, other.parameters())
    for ours, theirs in zip(net.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(ours.data, theirs.data)
    with pytest.raises(ValueError, match="numbers"):
        nn.utils.vector_to_parameters(row[1:], net.parameters())
