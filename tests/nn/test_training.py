"""A training taken up anywhere goes on bit for bit; what is not finite is named; a log is cut back to its state."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import kernels
from nn.data import ArrayDataset, DataLoader
from nn.training import Log, NonFiniteError, Trainer, about_checkpoint, evaluate, load_checkpoint, save_checkpoint
from nn.training.packing import packed, unpacked

STEPS = 14
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(50, 6)).astype(np.float32), RANDOM.integers(0, 3, 50)


class Counting(nn.Module):
    """Training depends on a buffer that is no part of the saved state."""

    def __init__(self) -> None:
        self.register_buffer("calls", np.zeros(1, np.float32), persistent=False)

    def forward(self, x: Any) -> Any:
        self.calls.data = self.calls.data + 1
        return x * (1 + 0.01 * self.calls.data)


OPTIMIZERS = {
    "sgd": lambda ps: nn.optim.SGD(ps, lr=0.05, momentum=0.9, nesterov=True),
    "adam": lambda ps: nn.optim.Adam(ps, lr=0.01, amsgrad=True),
    "rmsprop": lambda ps: nn.optim.RMSprop(ps, lr=0.01, centered=True, momentum=0.5),
    "adagrad": lambda ps: nn.optim.Adagrad(ps, lr=0.05),
}
SCHEDULES = {
    "cosine": lambda o: nn.optim.CosineAnnealingLR(o, STEPS),
    "warm": lambda o: nn.optim.SequentialLR(o, [nn.optim.LinearLR(o, 0.1, total_iters=4), nn.optim.StepLR(o, 3)], [4]),
    "onecycle": lambda o: nn.optim.OneCycleLR(o, 0.05, total_steps=STEPS + 1, cycle_momentum=False),
}


def trainer(optimizer: str = "adam", schedule: str = "cosine", seed: int = 0) -> Trainer:
    """Batch statistics, a dropout of its own generator and one of the shared one, shuffled and noisy data."""
    nn.manual_seed(seed)
    layers = [nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3, generator=seed), Counting(), nn.Dropout(0.1), nn.Linear(8, 3)]
    model = nn.Sequential(*layers)
    made = OPTIMIZERS[optimizer](model.parameters())
    loader = DataLoader(ArrayDataset(X, Y), 8, shuffle=True, generator=seed, transform=noisy)
    return Trainer(model, made, loader, schedule=SCHEDULES[schedule](made), clip_norm=1.0)


def noisy(images: Any, generator: np.random.Generator) -> Any:
    return images + generator.normal(size=images.shape).astype(np.float32) * np.float32(0.1)


def bits(model: nn.Module) -> dict[str, bytes]:
    return {name: tensor.data.tobytes() for name, tensor in [*model.state_dict().items(), *model.named_buffers()]}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@settings(max_examples=4)
@given(at=st.integers(0, STEPS), again=st.integers(0, STEPS))
def test_stopped_anywhere_it_goes_on_bit_for_bit(
    optimizer: str, schedule: str, at: int, again: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("run") / "checkpoint.safetensors"
    whole = trainer(optimizer, schedule)
    expected = [step.loss for step in whole.steps(2)]
    losses: list[float] = []
    for number, stop in enumerate(sorted((at, again))):
        part = trainer(optimizer, schedule, seed=number)
        if path.exists():
            load_checkpoint(path, part)
        steps = part.steps(2)
        losses += [next(steps).loss for _ in range(stop - len(losses))]
        save_checkpoint(path, part, "text of any kind: σ")
    last = trainer(optimizer, schedule, seed=9)
    load_checkpoint(path, last)
    losses += [step.loss for step in last.steps(2)]
    assert losses == expected
    assert bits(last.model) == bits(whole.model)
    assert about_checkpoint(path) == "text of any kind: σ"


def test_compiled_kernels_go_on_bit_for_bit_too(tmp_path: Path) -> None:
    """The first step after a checkpoint moves parameters one by one, and later ones together: neither may show."""
    pytest.importorskip("numba")

    def made() -> Trainer:
        model = nn.resnet20(generator=0)
        optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
        images = np.random.default_rng(0).normal(size=(64, 3, 8, 8)).astype(np.float32)
        return Trainer(model, optimizer, DataLoader(ArrayDataset(images, np.arange(64) % 10), 8, shuffle=True, generator=0))

    before = kernels.use("fast")
    try:
        whole = made().steps(1)
        expected = [step.loss for step in whole]
        part = made()
        steps = part.steps(1)
        losses = [next(steps).loss for _ in range(3)]
        save_checkpoint(tmp_path / "x.safetensors", part)
        resumed = made()
        load_checkpoint(tmp_path / "x.safetensors", resumed)
        assert losses + [step.loss for step in resumed.steps(1)] == expected
    finally:
        kernels.use(before)


def test_the_same_training_gives_the_same_file(tmp_path: Path) -> None:
    for name in "ab":
        run = trainer()
        list(run.steps(1))
        save_checkpoint(tmp_path / f"{name}.safetensors", run)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_step_says_what_it_did() -> None:
    run = trainer()
    steps = list(run.steps(2))
    assert [step.number for step in steps] == list(range(1, STEPS + 1))
    assert [step.number for step in steps if step.ends_epoch] == [7, 14]
    assert [step.epoch for step in steps] == [0] * 6 + [1] * 7 + [2]
    assert sum(step.images for step in steps) == 100
    assert list(run.steps(2)) == []


def test_a_checkpoint_of_another_model_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_checkpoint(path, trainer())
    other = trainer()
    other.model = nn.Sequential(nn.Linear(6, 3))
    with pytest.raises(ValueError, match=r"(?s)x\.safetensors.*of another shape: 0\.weight"):
        load_checkpoint(path, other)
    nn.save(path, nn.Linear(2, 2))
    with pytest.raises(ValueError, match="no training"):
        load_checkpoint(path, trainer())


def test_a_damaged_byte_of_a_checkpoint_is_refused_or_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    run = trainer()
    next(run.steps(1))
    save_checkpoint(path, run)
    whole = path.read_bytes()
    for place in np.random.default_rng(0).integers(0, len(whole), 60):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        other = trainer(seed=1)
        try:
            load_checkpoint(path, other)
        except ValueError as error:
            assert "x.safetensors" in str(error)
        else:  # what was hit is the checksum's name
            assert bits(other.model) == bits(run.model) and other.loader.state_dict() == run.loader.state_dict()
        path.write_bytes(whole[:place])
        with pytest.raises(ValueError, match=r"x\.safetensors"):
            load_checkpoint(path, trainer())


# What a checkpoint can hold.

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(np.float32(0.1)),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=6,
)


@given(values)
def test_packed_is_unpacked(value: Any) -> None:
    arrays, text = packed({"value": value, "array": np.arange(3)})
    found = unpacked(arrays, text)
    np.testing.assert_equal(found["value"], value)
    assert repr(found["value"]) == repr(value)
    np.testing.assert_array_equal(found["array"], np.arange(3))


def test_what_cannot_be_packed_is_named() -> None:
    with pytest.raises(TypeError, match=r"a\.0 is a set"):
        packed({"a": [{1}]})


# Not finite.


class Through(nn.Module):
    def __init__(self, function: Any) -> None:
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(x)


def broken(function: Any, **options: Any) -> Trainer:
    model = nn.Sequential(nn.Linear(6, 6, generator=0), nn.Sequential(nn.ReLU(), Through(function)), nn.Linear(6, 3, generator=1))
    return Trainer(model, nn.optim.SGD(model.parameters(), lr=0.1), DataLoader(ArrayDataset(X, Y), 8), **options)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: autograd.log(x - x), r"layer '1\.1' \(Through\), operation 'log'.* first infinity"),
        (lambda x: autograd.exp(x * 1e4 + 1e3), r"layer '1\.1' \(Through\), operation 'exp'.* first infinity"),
        (lambda x: (x - 5.0) ** 0.5, r"layer '1\.1' \(Through\), operation 'power'.* first NaN"),
        (lambda x: autograd.sqrt(x * 0.0), r"gradient of 0\.weight, 0\.bias is not: layer '1\.1' \(Through\), operation 'sqrt'.* back"),
    ],
)
def test_the_layer_and_the_operation_are_named(function: Any, said: str) -> None:
    run = broken(function)
    before = bits(run.model)
    with pytest.raises(NonFiniteError, match=said):
        list(run.steps(1))
    assert bits(run.model) == before


class Unlucky(nn.Module):
    """The logarithm is infinite for the first number that is drawn, and for no other."""

    def __init__(self) -> None:
        self.generator = np.random.default_rng(0)
        self.first = float(np.random.default_rng(0).random())

    def forward(self, x: Any) -> Any:
        return autograd.log(x * 0.0 + abs(self.generator.random() - self.first))


def test_it_is_found_with_the_random_numbers_it_came_from() -> None:
    model = nn.Sequential(nn.Linear(6, 3, generator=0), Unlucky())
    run = Trainer(model, nn.optim.SGD(model.parameters(), lr=0.1), DataLoader(ArrayDataset(X, Y), 8))
    with pytest.raises(NonFiniteError, match=r"layer '1' \(Unlucky\), operation 'log'"):
        list(run.steps(1))


def test_an_operation_of_several_results_is_named_too() -> None:
    """Batch norm gives statistics beside its output."""
    sink = Through(lambda x: autograd.log(x - x))
    model = nn.Sequential(nn.Linear(6, 4, generator=0), nn.BatchNorm1d(4), nn.Linear(4, 3, generator=1), sink)
    model[0].weight.data = model[0].weight.data * np.float32(1e25)  # the variance overflows
    run = Trainer(model, nn.optim.SGD(model.parameters(), lr=0.1), DataLoader(ArrayDataset(X, Y), 8))
    with pytest.raises(NonFiniteError, match=r"layer '1' \(BatchNorm1d\), operation 'batch_norm\w*'") as error:
        list(run.steps(1))
    assert "None" not in str(error.value)


def test_a_loss_a_batch_and_a_weight_are_told_apart() -> None:
    with pytest.raises(NonFiniteError, match=r"'log'.* in the loss"):
        list(broken(lambda x: x, loss=lambda out, _: autograd.log(out.sum() * 0.0)).steps(1))
    run = broken(lambda x: x)
    run.loader.dataset = ArrayDataset(np.full_like(X, np.nan), Y)
    with pytest.raises(NonFiniteError, match="the batch itself holds NaN"):
        list(run.steps(1))
    run = broken(lambda x: x)
    run.optimizer.param_groups[0]["lr"] = 1e39
    with pytest.raises(NonFiniteError, match=r"step 2 is nan: step 1 made .*weight.* non-finite; its learning rate is too high"):
        list(run.steps(1))


# Evaluation and log.


def test_evaluation_changes_nothing() -> None:
    run = trainer()
    run.model[3].eval()
    before, modes = bits(run.model), [module.training for module in run.model.modules()]
    drawn = run.generators.state_dict()
    score = evaluate(run.model, [(X[:20], Y[:20]), (X[20:], Y[20:])])
    outputs = [run.model.eval()(part).data for part in (X[:20], X[20:])]
    assert score.accuracy == np.mean(np.concatenate(outputs).argmax(1) == Y)
    run.model.train()
    run.model[3].eval()
    assert [module.training for module in run.model.modules()] == modes
    assert {k: v for k, v in bits(run.model).items() if k != "4.calls"} == {k: v for k, v in before.items() if k != "4.calls"}
    assert run.generators.state_dict() == drawn


@given(before=st.integers(0, 5), lost=st.integers(0, 5), after=st.integers(0, 5))
def test_a_log_is_cut_back(before: int, lost: int, after: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("log") / "log.csv"
    first = Log(path, ["step", "what"])
    for step in range(before):
        first.write([step, "a"])
    state = first.state_dict()
    for step in range(lost):
        first.write([step, "lost, with a comma"])
    first.close()
    second = Log(path, ["step", "what"])
    second.load_state_dict(state)
    for step in range(after):
        second.write([step, "b"])
    second.close()
    lines = [f"{step},a" for step in range(before)] + [f"{step},b" for step in range(after)]
    if lines:
        assert path.read_text().splitlines() == ["step,what", *lines]


def test_a_foreign_log_is_refused_and_left_alone(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.csv", ["step"])
    log.write([1])
    state = log.state_dict()
    log.close()
    for text in ("step\n", "stepp1\n", ""):
        (tmp_path / "log.csv").write_text(text)
        with pytest.raises(ValueError, match=r"log\.csv is not the log"):
            Log(tmp_path / "log.csv", ["step"]).load_state_dict(state)
        assert (tmp_path / "log.csv").read_text() == text
