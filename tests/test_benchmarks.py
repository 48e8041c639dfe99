"""The benchmarks measure the same computation everywhere: losses agree, differences are found, reports are written."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from autograd import kernels
from benchmarks import environments, peers, report, runner, suites, tables, workloads
from benchmarks.backend import NotReached

SMALL = {
    "S1": "S1:samples=2,hidden=3",
    "S2": "S2:length=20",
    "T1": "T1:batch=7",
    "T2": "T2:batch=6,width=8",
    "T2 forward": "T2:batch=6,width=8,train=0",
    "T3": "T3:depth=3,width=8,batch=5",
    "T4": "T4:size=200",
    "C1": "C1:batch=2,channels=3,side=6",
    "C2": "C2:batch=2",
    "K": "K:depth=9,size=50",
    "K kept": "K:depth=9,size=50,checkpoint=0",
    **{name: f"O:name={name},rows=3,columns=4" for name in workloads.OPERATIONS},
}
BY_HAND = ["T1", "T2", "T2 forward", "T3", "T4", "C1"]


def losses(peer: str, workload: str, steps: int = 3, rate: float = 1.0) -> list[float]:
    backend = peers.create(peer)
    task = workloads.build(workload, backend)
    task.rate *= rate
    step = backend.trainer(task)
    batches = [tuple(map(backend.constant, batch)) for batch in task.batches]
    return [backend.number(step(*batches[i])) for i in range(steps)]


@pytest.mark.parametrize("name", BY_HAND)
def test_the_engine_takes_the_steps_written_by_hand(name):
    assert runner.disagreement(losses("gradroutes", SMALL[name]), losses("floor", SMALL[name]), 1e-5) == ""


@pytest.fixture(autouse=True)
def kernels_as_they_were():
    """The engine's adapter chooses kernels for its process."""
    before = kernels.use("auto")
    yield
    kernels.use(before)


@pytest.fixture(scope="module")
def pytorch():
    """PyTorch, with one step taken: its first optimiser sets variables of the process."""
    pytest.importorskip("torch")
    losses("torch", SMALL["T1"])


@pytest.mark.compare
@pytest.mark.parametrize("name", SMALL)
def test_the_engine_takes_pytorchs_steps(name, pytorch):
    assert runner.disagreement(losses("gradroutes", SMALL[name]), losses("torch", SMALL[name])) == ""


@pytest.mark.parametrize("name", [name for name in SMALL if name != "T2 forward"])
def test_a_wrong_step_is_found(name):
    """A step moves the later losses by more than the tolerance, so that a wrong gradient cannot pass."""
    right, wrong = losses("gradroutes", SMALL[name]), losses("gradroutes", SMALL[name], rate=0.0)
    assert right[0] == wrong[0]
    assert runner.disagreement(wrong, right) != ""


def test_not_a_number_disagrees():
    assert runner.disagreement([float("nan")], [1.0]).startswith("step 0")


def test_the_checkpointed_chain_computes_the_chain():
    assert losses("gradroutes", SMALL["K"]) == losses("gradroutes", SMALL["K kept"])


def test_a_recomputation_of_the_initial_weights_gives_the_same():
    first, second = peers.create("floor"), peers.create("floor")
    workloads.build("T3:depth=2", first), workloads.build("T3:depth=2", second)
    assert all(np.array_equal(a, b) for a, b in zip(first.parameters, second.parameters, strict=True))


def test_batches_differ():
    batches = workloads.build("T1", peers.create("floor")).batches
    assert not np.array_equal(batches[0][0], batches[1][0])


def test_what_a_peer_cannot_do_says_so():
    with pytest.raises(NotReached, match="not written by hand"):
        losses("floor", SMALL["S2"])


def test_unknown_workload_names_those_there_are():
    with pytest.raises(ValueError, match="no workload 'T9'; there are S1, S2"):
        workloads.parse("T9:depth=3")


@pytest.fixture
def settings():
    return runner.Settings(rounds=2, round_seconds=0.001, pythons={"gradroutes": sys.executable})


def test_rounds_through_worker_processes(settings):
    with runner.workers(["gradroutes", "floor"], settings) as running:
        results = runner.measure(SMALL["T1"], running, settings)
        missing = runner.measure(SMALL["S2"], running, settings)
    assert all(len(results[name]["seconds"]) == 2 for name in running)
    assert tables.ratio({"results": results}, "gradroutes", to="floor") > 0
    assert missing["floor"] == {"reason": "not written by hand", "failed": False}


def test_a_lost_worker_is_a_reason_and_is_started_again(settings):
    settings.patience = 0.0
    with runner.workers(["floor"], settings) as running:
        lost = runner.measure(SMALL["T1"], running, settings)
        running["floor"].settings.patience = 60.0
        found = runner.measure(SMALL["T1"], running, settings)
    assert lost["floor"]["failed"] and "process ended" in lost["floor"]["reason"]
    assert found["floor"]["seconds"]


def test_a_disagreeing_peer_is_not_timed():
    results = {"torch": {"losses": [1.0, 0.9]}, "jax": {"losses": [1.0, 1.0]}, "hips": {"losses": [1.0, 0.9]}}
    runner.compare(results)
    assert results["jax"]["reason"] == "not the losses of torch: step 1: 1 and 0.9"
    assert "reason" not in results["hips"]


def test_a_missing_environment_says_how_to_make_it(monkeypatch, tmp_path):
    monkeypatch.setattr(environments, "PLACE", tmp_path)
    monkeypatch.delenv("GRADROUTES_BENCH_JAX", raising=False)
    with pytest.raises(FileNotFoundError, match="python -m benchmarks environments --only jax"):
        environments.interpreter("jax", {})
    monkeypatch.setenv("GRADROUTES_BENCH_JAX", "from-variable")
    assert environments.interpreter("jax", {}) == "from-variable"
    assert environments.interpreter("jax", {"jax": "from-option"}) == "from-option"


def test_the_report_fills_its_sections_and_keeps_the_prose(settings, tmp_path):
    pytest.importorskip("matplotlib")
    results = suites.run("standard", ["T1:batch=7"], ["gradroutes", "floor"], settings)
    assert results["failures"] == []
    path = report.record(json.loads(json.dumps(results)), tmp_path)
    page = tmp_path / "performance.md"
    page.write_text("Before.\n<!-- standard -->\nold\n<!-- end -->\nAfter.\n")
    report.write(tmp_path)
    text = page.read_text()
    assert text.startswith("Before.\n") and text.endswith("After.\n") and "old" not in text
    assert "| T1:batch=7 |" in text
    assert (path.parent / "standard.svg").stat().st_size > 1000
