"""`python -m benchmarks`: make the peers' environments, run, and write the report."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import environments, report, runner, suites
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
    run.add_argument("--suite", choices=suites.SUITES, default="standard")
    run.add_argument(
        "--only", type=lambda text: text.split(","), metavar="S2,T3", help="of the suite, or any workload"
    )
    run.add_argument("--peers", type=_names(PEERS), metavar="A,B", help=", ".join(PEERS))
    run.add_argument("--rounds", type=int, default=7)
    run.add_argument("--threads", type=int, default=1)
    run.add_argument("--quick", action="store_true", help="under 2 minutes: fewer rounds, no slow peers")
    run.add_argument(
        "--budget", type=float, default=20.0, help="seconds a peer may spend on one workload's rounds"
    )
    run.add_argument("--python", action="append", type=_assignment, default=[], metavar="torch=PATH")
    run.add_argument("--env-clean", action="store_true", help="unset OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE")
    run.add_argument("--json", type=Path, help="write the results here")
    run.add_argument(
        "--record", action="store_true", help="write them where `report` looks, as docs/performance.md's"
    )


def _names(known: dict[str, object]):
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
    settings = runner.Settings(
        rounds=min(options.rounds, 3) if options.quick else options.rounds,
        threads=options.threads,
        clean_environment=options.env_clean,
        round_seconds=0.05 if options.quick else 0.1,
        budget=3.0 if options.quick else options.budget,
        pythons=dict(options.python),
    )
    results = suites.run(options.suite, options.only, options.peers, settings, options.quick)
    for path in [options.json] if options.json else []:
        path.write_text(json.dumps(results, indent=1))
    if options.record:
        report.record(results)
    return 1 if results["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
