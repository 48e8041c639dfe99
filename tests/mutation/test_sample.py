"""A sample of the mutants in every run; `python -m tests.mutation` tries them all."""

import pytest

import autograd
from autograd.testing import check_gradients
from tests.mutation import mutants
from tests.mutation.mutants import Mutant, drawn, fate, installed

SAMPLE = drawn(200, seed=0)


@pytest.mark.parametrize("mutant", SAMPLE, ids=str)
def test_wrong_rule_is_seen(mutant: Mutant) -> None:
    assert fate(mutant) != "survived"


def test_a_blind_check_lets_mutants_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "examine", lambda sample: sample.run(*sample.arrays))
    assert fate(Mutant(autograd.registry["tanh"], "x", "sign")) == "survived"


def test_the_right_rule_is_back_afterwards() -> None:
    tanh = autograd.registry["tanh"]
    right = tanh.pull
    argument = next(iter(tanh.rules))
    with installed(Mutant(tanh, argument, "sign")):
        assert autograd.grad(autograd.tanh)(0.5) < 0
    assert tanh.pull is right
    check_gradients(autograd.tanh, [0.5])
