"""The command `gradroutes`: what it is asked, and what goes wrong in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from nn.command.arguments import parse
from nn.command.refusal import Refusal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code: 0, 1 (something is missing or damaged), 2 (bad values), 3 (diverged), 130 (interrupted)."""
    try:
        options = parse(arguments)
        options.run(options)
    except Refusal as refusal:
        print(f"gradroutes: {refusal}", file=sys.stderr)
        return refusal.code
    except BrokenPipeError:  # `| head` has read enough; what is left to print goes nowhere, at the interpreter's exit too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:  # a disk that is full, a folder that may not be written to
        print(f"gradroutes: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ngradroutes: interrupted", file=sys.stderr)
        return 130
    return 0


__all__ = ["main"]
