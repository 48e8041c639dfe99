"""Training that can be stopped and taken up again, bit for bit: the loop, its checkpoints, its log.

    from nn.training import Trainer, load_checkpoint, save_checkpoint
    trainer = Trainer(model, nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), loader)
    for step in trainer.steps(epochs=10):
        if step.number % 100 == 0:
            save_checkpoint("run.safetensors", trainer)

`gradroutes train` is this with a bar, a log and the choice of model and data.
"""

from nn.training.checkpoints import about_checkpoint, load_checkpoint, save_checkpoint
from nn.training.evaluation import Score, evaluate
from nn.training.finiteness import NonFiniteError
from nn.training.generators import Generators
from nn.training.log import Log
from nn.training.trainer import Step, Trainer

__all__ = [
    "Generators", "Log", "NonFiniteError", "Score", "Step", "Trainer",
    "about_checkpoint", "evaluate", "load_checkpoint", "save_checkpoint",
]  # fmt: skip
