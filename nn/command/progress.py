"""How a training is going: a bar on a terminal, lines in a file or a pipe."""

from __future__ import annotations

import sys
import time

from nn.training import Score, Step

QUIET = 30.0  # seconds between lines where there is no terminal
FORGET = 0.95  # of the running means that are shown


class Progress:
    """Loss, accuracy, images a second and the time that is left.

    Parameters
    ----------
    images, done : int
        Of the whole training, and before this part of it.
    epochs : int
    """

    def __init__(self, images: int, done: int, epochs: int) -> None:
        from tqdm import tqdm

        self.epochs, self.images, self.done, self.first = epochs, images, done, done
        self.loss = self.accuracy = 0.0
        self.weight = 0.0
        self.started = self.told = time.monotonic()
        form = "{desc} {percentage:3.0f}% |{bar}| {remaining} left, {rate_noinv_fmt}{postfix}"  # tqdm puts ", " before the postfix
        self.bar = tqdm(
            total=images, initial=done, unit=" images", unit_scale=True, bar_format=form, smoothing=0.1, dynamic_ncols=True,
            mininterval=0.2, disable=not sys.stderr.isatty(),
        )  # fmt: skip

    def show(self, step: Step) -> None:
        """One step more."""
        self.done += step.images
        self.weight = FORGET * self.weight + 1 - FORGET
        self.loss = FORGET * self.loss + (1 - FORGET) * step.loss
        self.accuracy = FORGET * self.accuracy + (1 - FORGET) * step.correct / step.images
        if self.bar.disable:
            self._tell()
            return
        self.bar.set_description_str(f"epoch {min(step.epoch + (not step.ends_epoch), self.epochs)}/{self.epochs}", refresh=False)
        self.bar.set_postfix_str(self._means(), refresh=False)
        self.bar.update(step.images)

    def _means(self) -> str:
        return f"loss {self.loss / self.weight:.3f}, accuracy {self.accuracy / self.weight:.3f}"

    def rate(self) -> float:
        """Images a second, since this part of the training began."""
        return (self.done - self.first) / max(time.monotonic() - self.started, 1e-9)

    def _tell(self) -> None:
        if time.monotonic() - self.told > QUIET:
            left = _clock((self.images - self.done) / max(self.rate(), 1e-9))
            self.say(f"{self.done / self.images:4.0%}  {self._means()}, {self.rate():.0f} images/s, {left} left")

    def say(self, line: str) -> None:
        """A line that stays."""
        self.told = time.monotonic()
        self.bar.write(line, file=sys.stdout)
        sys.stdout.flush()

    def close(self) -> None:
        self.bar.close()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def epoch_line(epoch: int, epochs: int, score: Score, test: Score, rate: float) -> str:
    """What stays to be read of an epoch."""
    return (
        f"epoch {epoch:{len(str(epochs))}}/{epochs}  loss {score.loss:.4f}  accuracy {score.accuracy:.4f}  "
        f"test loss {test.loss:.4f}  test accuracy {test.accuracy:.4f}  {rate:.0f} images/s"
    )
