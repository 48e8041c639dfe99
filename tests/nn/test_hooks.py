"""Hooks on modules: in which order they come, what they are told, what they may replace, and that they go away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import optim


class Scaled(nn.Module):
    """y = w · x · factor, and, where asked for, x + 1 as a second result."""

    def __init__(self, both: bool = False) -> None:
        self.w, self.both = nn.Parameter([2.0], dtype=np.float64), both

    def forward(self, x: Any, factor: float = 1.0) -> Any:
        y = autograd.as_tensor(x) * self.w * factor
        return (y, autograd.as_tensor(x) + 1.0) if self.both else y


X = np.array([3.0])


def test_hooks_come_in_order_and_the_prepended_first() -> None:
    module, calls = Scaled(), []
    for name in "ab":
        module.register_forward_pre_hook(lambda m, args, name=name: calls.append("before " + name))
        module.register_forward_hook(lambda m, args, out, name=name: calls.append("after " + name))
    module.register_forward_pre_hook(lambda m, args: calls.append("before c"), prepend=True)
    module.register_forward_hook(lambda m, args, out: calls.append("after c"), prepend=True)
    module(X)
    assert calls == ["before c", "before a", "before b", "after c", "after a", "after b"]


def test_hooks_before_replace_arguments_and_hooks_after_the_result() -> None:
    module = Scaled()
    with module.register_forward_pre_hook(lambda m, args: args[0] * 10.0):
        assert module(X).tolist() == [60.0]
    with module.register_forward_pre_hook(lambda m, args: (args[0] * 10.0,)):
        assert module(X).tolist() == [60.0]
    with module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"factor": kwargs["factor"] + 1}), with_kwargs=True):
        assert module(X, factor=2.0).tolist() == [18.0]
    with module.register_forward_pre_hook(lambda m, args, kwargs: None, with_kwargs=True):
        assert module(X, factor=2.0).tolist() == [12.0]
    with module.register_forward_hook(lambda m, args, kwargs, out: out + kwargs["factor"], with_kwargs=True) as handle:
        assert module(X, factor=2.0).tolist() == [14.0] and handle is not None
    assert module(X).tolist() == [6.0], "at the end of a block its hook is gone"


def test_a_removed_hook_is_gone_and_may_be_removed_again() -> None:
    module, calls = Scaled(), []
    handle = module.register_forward_hook(lambda m, args, out: calls.append(1))
    module(X)
    handle.remove()
    handle.remove()
    module(X)
    assert calls == [1]


def test_only_hooks_that_ask_for_it_are_told_of_a_failure() -> None:
    module, calls = Scaled(), []
    module.register_forward_hook(lambda m, args, out: calls.append("usual"))
    module.register_forward_hook(lambda m, args, out: calls.append(("always", out)), always_call=True)
    with pytest.raises(TypeError):
        module(X, unknown=1)
    assert calls == [("always", None)]


def test_backward_hooks_are_told_both_gradients_once_a_call() -> None:
    module, calls = Scaled(), []
    module.register_full_backward_pre_hook(lambda m, out: calls.append(("outputs", out[0].tolist())))
    module.register_full_backward_hook(lambda m, into, out: calls.append(("inputs", into[0].tolist(), out[0].tolist())))
    x = Tensor(X, requires_grad=True)
    for factor in (1.0, 5.0):
        (module(x) * factor).sum().backward()
    assert calls == [("outputs", [1.0]), ("inputs", [2.0], [1.0]), ("outputs", [5.0]), ("inputs", [10.0], [5.0])]
    assert x.grad.tolist() == [12.0]


@pytest.mark.parametrize("given", [lambda g: g * 10.0, lambda g: (g * 10.0,)])
@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_hooks_replace_what_goes_on(given: Any, create_graph: bool) -> None:
    for register in ("register_full_backward_pre_hook", "register_full_backward_hook"):
        module, x, seen = Scaled(), Tensor(X, requires_grad=True), []
        if register.endswith("pre_hook"):
            module.register_full_backward_pre_hook(lambda m, out: given(out[0]))
        else:
            module.register_full_backward_hook(lambda m, into, out: given(into[0]))
            module.register_full_backward_hook(lambda m, into, out, seen=seen: seen.append(into[0].tolist()))
        module(x).sum().backward(create_graph=create_graph)
        assert x.grad.tolist() == [20.0] and seen in ([], [[20.0]])
        assert x.grad.requires_grad is create_graph or register.endswith("hook")


def test_hooks_on_the_gradients_of_several_outputs_wait_for_all_and_replace_none() -> None:
    module, calls, x = Scaled(both=True), [], Tensor(X, requires_grad=True)
    handle = module.register_full_backward_pre_hook(lambda m, out: calls.append([g.tolist() for g in out]))
    y, z = module(x)
    (y * 3.0 + z * 4.0).sum().backward()
    assert calls == [[[3.0], [4.0]]] and x.grad.tolist() == [10.0]
    handle.remove()
    module.register_full_backward_pre_hook(lambda m, out: out)
    y, z = module(x)
    with pytest.raises(RuntimeError, match="returned gradients for 2 outputs"):
        (y + z).sum().backward()


# ------------------------------------------------------------------------------------------- modules and optimisers, refused


def test_names_in_a_module_are_parts_of_a_path_and_not_taken() -> None:
    module, parameter = nn.Linear(2, 2), nn.Parameter([1.0])
    for register, value in ((module.register_parameter, parameter), (module.register_buffer, [1.0]), (module.add_module, nn.ReLU())):
        for name in ("", "a.b", "forward", "weight" if value is not parameter else "in_features"):
            with pytest.raises(KeyError):
                register(name, value)
        with pytest.raises(TypeError, match="names are strings"):
            register(3, value)
    module.register_parameter("extra", parameter)
    module.register_buffer("mean", [1.0])
    module.register_buffer("mean", [2.0], persistent=False)
    assert module.extra is parameter and module.get_parameter("extra") is parameter
    assert [b.tolist() for b in module.buffers()] == [[2.0]] and "mean" not in module.state_dict() and "extra" in module.state_dict()
    for wrong in ("text", {"a": 1.0}, [[1.0], [2.0, 3.0]]):
        with pytest.raises((TypeError, ValueError)):
            module.register_buffer("other", wrong)
    assert "other" not in module._buffers and not hasattr(module, "other")
    with pytest.raises(AttributeError, match="has no buffer 'extra'"):
        module.get_buffer("extra")
    with pytest.raises(AttributeError, match="has no parameter 'mean'"):
        module.get_parameter("mean")


def test_a_list_is_to_parameters_and_buffers_what_an_array_is() -> None:
    norm = nn.BatchNorm1d(2)
    norm.running_mean = [1.0, 2.0]
    assert isinstance(norm.running_mean, Tensor) and norm.state_dict()["running_mean"].tolist() == [1.0, 2.0]
    for values in ([1.0, 2.0], (1.0, 2.0), np.ones(2)):
        with pytest.raises(TypeError, match=r"BatchNorm1d.weight is a parameter, given"):
            norm.weight = values


@pytest.mark.parametrize("owner", [lambda ps: nn.ParameterList(ps), lambda ps: optim.SGD(ps, lr=1.0)])
def test_gradients_are_forgotten_or_zeroed(owner: Any) -> None:
    some, none = nn.Parameter([1.0, 2.0]), nn.Parameter([3.0])
    for set_to_none, expected in ((False, [0.0, 0.0]), (True, None)):
        some.grad = np.ones(2, np.float32)
        owner([some, none]).zero_grad(set_to_none=set_to_none)
        assert (some.grad if expected is None else some.grad.tolist()) == expected and none.grad is None


def test_casts_and_places() -> None:
    module = nn.Linear(2, 2)
    assert module.half() is module and module.weight.dtype == np.float16
    assert module.to("cpu") is module and module.to("float64").weight.dtype == np.float64
    assert module.to("cpu:0").weight.dtype == np.float64
    for wrong, error in (("cuda", ValueError), ("cuda:1", ValueError), (int, TypeError)):
        with pytest.raises(error, match=r"to\("):
            module.to(wrong)


def test_a_closure_is_called_first_and_its_loss_comes_back() -> None:
    w = nn.Parameter([3.0])
    optimizer = optim.SGD([w], lr=0.5)

    def closure() -> Tensor:
        loss = (w * w).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 9.0 and w.item() == 0.0 and optimizer.step() is None


def test_one_tensor_is_no_list_of_parameters() -> None:
    with pytest.raises(TypeError, match=r"write \[parameter\]"):
        optim.SGD(nn.Parameter([1.0, 2.0]))


@pytest.mark.parametrize("register, told", [
    ("register_forward_pre_hook", lambda calls: lambda m, args: calls.append(1)),
    ("register_forward_hook", lambda calls: lambda m, args, out: calls.append(1)),
    ("register_full_backward_pre_hook", lambda calls: lambda m, out: calls.append(1)),
    ("register_full_backward_hook", lambda calls: lambda m, into, out: calls.append(1)),
])  # fmt: skip
def test_a_batch_norm_with_any_hook_is_not_fused_with_its_relu(register: str, told: Any) -> None:
    norm, x, calls = nn.BatchNorm1d(2), Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True), []
    assert not norm._hooks
    fused = nn.norms.norm_relu(norm, x)
    handle = getattr(norm, register)(told(calls))
    apart = nn.norms.norm_relu(norm, x)
    apart.sum().backward()
    assert calls == [1] and apart.node.op.name == "relu" != fused.node.op.name
    handle.remove()
    assert not norm._hooks and nn.norms.norm_relu(norm, x).node.op is fused.node.op


def test_a_module_that_is_there_twice_is_listed_once_or_under_both_names() -> None:
    whole, shared = nn.Sequential(), nn.Sequential(nn.Linear(2, 2))
    whole.a, whole.b = shared, shared
    assert [name for name, _ in whole.named_modules()] == ["", "a", "a.0"]
    assert [name for name, _ in whole.named_modules(remove_duplicate=False)] == ["", "a", "a.0", "b", "b.0"]
    assert [name for name, _ in whole.named_parameters(remove_duplicate=False)] == ["a.0.weight", "a.0.bias", "b.0.weight", "b.0.bias"]
    assert len(list(whole.children())) == 1 and len(list(whole.parameters())) == 2


def test_a_parameter_made_of_a_result_is_a_leaf_of_its_own() -> None:
    source = Tensor([1.0, 2.0], requires_grad=True)
    parameter = nn.Parameter(source * 2.0)
    assert parameter.is_leaf and parameter.dtype == np.float32
    (parameter * 1.0).sum().backward()
    assert source.grad is None and parameter.grad.tolist() == [1.0, 1.0]


def test_hints_name_the_container_and_private_lists_are_ones_own() -> None:
    module = nn.Module()
    with pytest.raises(TypeError, match=r"plain dict .*nn\.ModuleDict\(\.\.\.\) or nn\.ParameterDict"):
        module.parts = {"a": nn.ReLU()}
    with pytest.raises(TypeError, match=r"plain list .*nn\.ModuleList\(\.\.\.\) or nn\.ParameterList"):
        module.parts = [nn.ReLU()]
    module._seen = []
    module._seen.append(nn.Linear(2, 2))
    assert list(module.parameters()) == []


def test_a_module_is_put_in_the_place_of_another() -> None:
    whole, other = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Linear(2, 1)), nn.Tanh()
    whole.set_submodule("0.1", other)
    assert whole.get_submodule("0.1") is other and whole[0][1] is other and whole.get_submodule("") is whole
    for target, module, error in (("", other, ValueError), ("0.1", "no module", ValueError), ("0.7", other, AttributeError)):
        with pytest.raises(error):
            whole.set_submodule(target, module)
    assert whole.get_submodule("0.1") is other


def test_what_changes_a_module_returns_it() -> None:
    module = nn.Linear(2, 2)
    assert module.train() is module and module.eval() is module and module.requires_grad_(False) is module
    assert module.to(np.float64) is module and module.float() is module and module.apply(lambda m: None) is module
