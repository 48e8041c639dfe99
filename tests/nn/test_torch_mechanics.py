"""One program for both libraries: how PyTorch's modules find, name, save, cast, copy and hook what is in them, ours do too."""

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import nn

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.compare, pytest.mark.filterwarnings("ignore")]


def array(tensor):
    return np.asarray(tensor.detach().numpy()).round(5).tolist()


OURS = SimpleNamespace(
    nn=nn, tensor=lambda x: nn.Parameter(x).detach(), leaf=lambda x: nn.Parameter(x), parameter=nn.Parameter, float64=np.float64
)
THEIRS = SimpleNamespace(
    nn=torch.nn, tensor=lambda x: torch.tensor(x, dtype=torch.float32),
    leaf=lambda x: torch.tensor(x, dtype=torch.float32, requires_grad=True),
    parameter=lambda x: torch.nn.Parameter(torch.tensor(x, dtype=torch.float32)), float64=torch.float64,
)  # fmt: skip


def net(lib):
    """Shared, nested, with a buffer of each kind and a parameter of its own, in numbers that both libraries have."""

    class Inner(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.lin = lib.nn.Linear(2, 2)
            self.register_buffer("kept", lib.tensor([1.0, 2.0]))
            self.register_buffer("passing", lib.tensor([3.0]), persistent=False)
            self.register_buffer("absent", None)
            self.register_parameter("none", None)
            self.scale = lib.parameter([2.0])

        def forward(self, x, shift=0.0):
            return self.lin(x) * self.scale + self.kept + shift

    class Outer(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = Inner()
            self.blocks = lib.nn.ModuleList([lib.nn.Linear(2, 2), lib.nn.Sequential(lib.nn.ReLU(), lib.nn.BatchNorm1d(2))])
            self.named = lib.nn.ModuleDict({"a": lib.nn.Linear(2, 1), "again": self.blocks[0]})
            self.some = lib.nn.ParameterList([lib.parameter([1.0]), lib.parameter([2.0])])
            self.more = lib.nn.ParameterDict({"w": lib.parameter([5.0])})

        def forward(self, x):
            x = self.first(x)
            for block in self.blocks:
                x = block(x)
            return self.named["a"](x) * self.some[0]

    made = Outer()
    for number, parameter in enumerate(made.parameters()):
        values = np.sin(np.arange(int(np.prod(parameter.shape)), dtype=np.float32) + number + 1).reshape(tuple(parameter.shape))
        parameter.data = values if lib is OURS else torch.tensor(values)
    made.blocks[0].bias.data = made.blocks[0].bias.data * 0 + 1.5  # past the ReLU behind it
    return made


X = [[0.5, -1.0], [2.0, 1.0], [0.1, 0.3]]


def names(lib):
    made = net(lib)
    return [
        [name for name, _ in made.named_parameters()], [name for name, _ in made.named_parameters("p")],
        [name for name, _ in made.named_parameters(recurse=False)], [name for name, _ in made.named_parameters(remove_duplicate=False)],
        [name for name, _ in made.named_buffers()], [name for name, _ in made.named_modules()], [name for name, _ in made.named_children()],
        [name for name, _ in made.named_modules(prefix="m", remove_duplicate=False)],
        len(list(made.parameters())), len(list(made.modules())), len(list(made.children())), len(list(made.buffers())),
    ]  # fmt: skip


def states(lib):
    made = net(lib)
    state = made.state_dict()
    before = {name: array(value) for name, value in state.items()}
    other = net(lib)
    for parameter in other.parameters():
        parameter.data = parameter.data * 0
    other.load_state_dict(state)
    found = other.load_state_dict({**{k: v for k, v in state.items() if "scale" not in k}, "stranger": state["some.0"]}, strict=False)
    return before, list(made.state_dict(prefix="net.")), {n: array(v) for n, v in other.state_dict().items()}, found[0], found[1]


def refusals(lib):
    said = []
    for change in ({"stranger": 1}, {"some.0": None}, {"some.0": [1.0, 2.0, 3.0]}):
        state = dict(net(lib).state_dict())
        for name, value in change.items():
            if value is None:
                del state[name]
            else:
                state[name] = lib.tensor(value)
        try:
            net(lib).load_state_dict(state)
        except Exception as error:
            said.append(all(name in str(error) for name in change))
    made = net(lib)
    for register in (made.register_buffer, made.register_parameter, made.add_module):
        for name in ("", "a.b", "forward", 3):
            try:
                register(name, None)
            except (KeyError, TypeError) as error:
                said.append(type(error).__name__)
    try:
        made.first.scale = 3
    except TypeError:
        said.append("TypeError")
    return said


def applied(lib):
    made, order = net(lib), []
    made.apply(lambda module: order.append(type(module).__name__))
    return order


def modes(lib):
    made = net(lib).eval()
    evaluated = [module.training for module in made.modules()]
    made.blocks.train()
    return evaluated, [module.training for module in made.modules()], made.train() is made, made.requires_grad_(False) is made


def outputs(lib):
    made, x = net(lib), lib.leaf(X)
    y = made(x)
    (y * y).sum().backward()
    gradients = {name: None if p.grad is None else array(p.grad) for name, p in made.named_parameters()}
    made.zero_grad()
    running = {name: array(value) for name, value in made.named_buffers()}
    return array(y), array(x.grad), gradients, [p.grad is None for p in made.parameters()], running, array(made.eval()(x))


def frozen(lib):
    made = net(lib)
    made.first.requires_grad_(False)
    made(lib.tensor(X)).sum().backward()
    return {name: (p.requires_grad, p.grad is None) for name, p in made.named_parameters()}


def cast(lib):
    made = net(lib)
    kinds = []
    for change in (made.double, made.float, lambda: made.to(lib.float64), made.half, lambda: made.to("cpu")):
        change()
        kinds.append({name: str(value.dtype).rpartition(".")[2] for name, value in [*made.named_parameters(), *made.named_buffers()]})
    return kinds


def copied(lib):
    made = net(lib)
    twin = copy.deepcopy(made)
    twin.first.scale.data = twin.first.scale.data * 0
    twin.first.kept += 1.0
    shared = twin.named["again"] is twin.blocks[0]
    plain = pickle.loads(pickle.dumps(lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.ReLU())))
    return array(made.first.scale), array(made.first.kept), shared, len(list(twin.parameters())), len(list(plain.parameters()))


def forward_hooks(lib):
    made, seen, x = net(lib).first, [], lib.tensor(X)
    handles = [
        made.register_forward_pre_hook(lambda module, args: seen.append("second")),
        made.register_forward_pre_hook(lambda module, args: seen.append("first"), prepend=True),
        made.register_forward_pre_hook(lambda module, args, kwargs: (args, {**kwargs, "shift": 1.0}), with_kwargs=True),
        made.register_forward_hook(lambda module, args, out: out * 2.0),
        made.register_forward_hook(lambda module, args, kwargs, out: seen.append(sorted(kwargs)), with_kwargs=True),
        made.register_forward_hook(lambda module, args, out: seen.append(len(args)), prepend=True),
    ]
    out = array(made(x, shift=5.0))
    for handle in handles:
        handle.remove()
    with made.register_forward_hook(lambda module, args, out: None):
        pass
    always = made.register_forward_hook(lambda module, args, out: seen.append(out is None), always_call=True)
    try:
        made(x, nonsense=1)
    except TypeError:
        seen.append("TypeError")
    always.remove()
    return out, seen, array(made(x))


def backward_hooks(lib):
    made, seen, x = net(lib), [], lib.leaf(X)
    first = made.first
    handles = [
        first.register_full_backward_pre_hook(lambda module, out: (seen.append(["pre", array(out[0])]), (out[0] * 2.0,))[1]),
        first.register_full_backward_hook(lambda module, into, out: seen.append([array(into[0]), array(out[0])])),
        first.register_full_backward_hook(lambda module, into, out: (into[0] * 3.0,)),
        first.scale.register_hook(lambda gradient: gradient * 10.0),
    ]
    out = made(x)
    (out * out).sum().backward()
    found = array(x.grad), array(first.scale.grad), array(first.lin.weight.grad)
    for handle in handles:
        handle.remove()
    made.zero_grad()
    x.grad = None
    out = made(x)
    (out * out).sum().backward()
    return found, seen, array(x.grad), array(first.scale.grad)


def sequences(lib):
    made = lib.nn.Sequential(lib.nn.Linear(1, 1), lib.nn.ReLU(), lib.nn.Linear(1, 2))
    found = [list(made[1:].state_dict()), list(made[-1].state_dict()), len(made), len(made + lib.nn.Sequential(lib.nn.ReLU()))]
    made[0] = lib.nn.Tanh()
    made.append(lib.nn.Linear(2, 3)).extend([lib.nn.ReLU()])
    made.insert(1, lib.nn.Linear(1, 1))
    found += [[name for name, _ in made.named_children()], [type(module).__name__ for module in made]]
    del made[0]
    found += [[name for name, _ in made.named_children()], type(made.pop(-1)).__name__, list(made.state_dict())]
    listed = lib.nn.ModuleList([lib.nn.ReLU()])
    listed += [lib.nn.Linear(1, 1)]
    listed.insert(0, lib.nn.Linear(2, 2))
    found += [list(listed.state_dict()), list(listed[1:].state_dict()), type(listed.pop(0)).__name__, len(listed)]
    named = lib.nn.ModuleDict({"a": lib.nn.ReLU()})
    named.update({"b": lib.nn.Linear(1, 1), "c": lib.nn.Tanh()})
    found += [list(named.keys()), [name for name, _ in named.items()], type(named.pop("a")).__name__, "a" in named, len(named)]
    del named["c"]
    found += [list(named), list(named.state_dict())]
    parameters = lib.nn.ParameterDict({"x": lib.parameter([1.0])})
    parameters["y"] = lib.parameter([2.0])
    parameters.update({"z": lib.parameter([3.0])})
    found += [list(parameters.keys()), [array(p) for p in parameters.values()], array(parameters.pop("x")), list(parameters.state_dict())]
    several = lib.nn.ParameterList([lib.parameter([1.0])])
    several.append(lib.parameter([2.0])).extend([lib.parameter([3.0])])
    return found, [array(p) for p in several], len(several), array(several[-1]), list(several.state_dict())


def found_by_name(lib):
    made, found = net(lib), []
    for ask in (made.get_submodule, made.get_parameter, made.get_buffer):
        for name in ("first.lin", "first.scale", "first.kept", "blocks.1.1", "nowhere", "first.nowhere", ""):
            try:
                found.append(type(ask(name)).__name__.replace("Tensor", "Buffer"))
            except AttributeError:
                found.append("AttributeError")
    return [each for each in found if each != "Outer"]


def printed(lib):
    return repr(lib.nn.Sequential(lib.nn.Sequential(lib.nn.ReLU(), lib.nn.Tanh()), lib.nn.ModuleList([lib.nn.Sigmoid()])))


PROGRAMS = [
    names, states, refusals, applied, modes, outputs, frozen, cast, copied, forward_hooks, backward_hooks, sequences, found_by_name,
    printed,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_both_do_the_same(program):
    ours, theirs = program(OURS), program(THEIRS)
    np.testing.assert_equal(plain(ours), plain(theirs))


def plain(value):
    """Numbers to four places: enough to tell a wrong rule from float32's rounding."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return round(value, 3) + 0.0 if isinstance(value, float) else value
