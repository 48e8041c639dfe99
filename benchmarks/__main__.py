"""`python -m benchmarks`: make the peers' environments, run, and write the report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from . import environments, report, runner, suites, workloads
from .peers import ENVIRONMENTS, PEERS


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    return options.command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("environments", help="make one virtual environment a peer")
    make.add_argument("--only", type=_names(ENVIRONMENTS), default=list(ENVIRONMENTS), metavar="A,B")
    make.set_defaults(command=_environments)
    _add_run(commands.add_parser("run", help="time workloads, print ratios to torch eager"))
    write = commands.add_parser(
        "report", help="write the tables and plots of docs/performance.md from its JSON"
    )
    write.set_defaults(command=lambda options: report.write())
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.set_defaults(command=_run)
    add = run.add_argument
    add("--suite", choices=suites.SUITES, default="standard")
    add("--quick", action="store_const", dest="suite", const="quick", help="the suite that takes 2 minutes")
    add("--only", type=_workloads, metavar="S2,T3", help="of the suite; or any: T3:depth=9/width=64")
    add("--peers", type=_names(PEERS), metavar="A,B", help=", ".join(PEERS))
    add("--rounds", type=_positive, default=7)
    add("--threads", type=_positive, default=1)
    add("--clock", choices=("wall", "cpu"), default="wall", help="cpu: processor time, on a busy machine")
    add("--budget", type=float, default=20.0, help="seconds for the rounds of one peer and workload")
    add("--python", action="append", type=_assignment, default=[], metavar="torch=PATH")
    add("--env-clean", action="store_true", help="unset OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE")
    add("--json", type=Path, help="write the results here")
    add("--record", action="store_true", help="write them to docs/performance, for `report`")


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def _workloads(text: str) -> list[str]:
    """Workloads divided by commas; a comma inside a workload's sizes is written "/"."""
    names = [name.replace("/", ",") for name in text.split(",")]
    for name in names:
        try:
            workloads.parse(name)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    return names


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        unknown = set(names := text.split(",")) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return names

    return parse


def _assignment(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or name not in ENVIRONMENTS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=PATH with a NAME of {', '.join(ENVIRONMENTS)}"
        )
    return name, path


def _environments(options: argparse.Namespace) -> int:
    return 1 if environments.create(options.only) else 0


def _run(options: argparse.Namespace) -> int:
    results = suites.run(options.suite, options.only, options.peers, _settings(options))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    if options.record:
        report.record(results)
    return 1 if results["failures"] else 0


def _settings(options: argparse.Namespace) -> runner.Settings:
    quick = {"rounds": min(options.rounds, 3), "round_seconds": 0.05, "budget": 3.0}
    return runner.Settings(
        **{"rounds": options.rounds, "budget": options.budget} | (quick if options.suite == "quick" else {}),
        threads=options.threads,
        clock=options.clock,
        clean_environment=options.env_clean,
        pythons=dict(options.python),
    )


if __name__ == "__main__":
    sys.exit(main())
