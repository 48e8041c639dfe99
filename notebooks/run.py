"""Run the notebooks from top to bottom and fail on the first error of each.

python notebooks/run.py [--write] [NOTEBOOK ...]: all of them when none is named; --write keeps the outputs.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

HERE = Path(__file__).resolve().parent
SECONDS_PER_CELL = 300


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="notebooks/run.py", description="Run notebooks from top to bottom.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="which ones (default: all in this folder)")
    parser.add_argument("--write", action="store_true", help="keep the outputs in the files")
    options = parser.parse_args(arguments)
    # The kernels are processes of their own: they too must read this checkout, whatever else is installed.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
    # One thread: where others use the cores too, products of these sizes wait for a second one ten times longer than it saves.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    results = [run(path, options.write) for path in options.notebooks or sorted(HERE.glob("*.ipynb"))]
    print(f"{sum(results)} of {len(results)} notebooks ran")
    return 0 if results and all(results) else 1


def run(path: Path, write: bool) -> bool:
    """Execute one notebook; say how it went."""
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    try:
        _execute(notebook)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print(f"FAILED {path.name}\n{error}", file=sys.stderr)
        return False
    print(f"ok     {path.name}  {time.perf_counter() - start:.1f} s")
    if write:
        nbformat.write(notebook, path)
    return True


def _execute(notebook: nbformat.NotebookNode) -> None:
    """In the notebook's folder, by this interpreter, without the times that would make every run differ."""
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(HERE)}},
    )
    client.execute()


if __name__ == "__main__":
    sys.exit(main())
