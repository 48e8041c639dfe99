"""Files and functions stay short enough to read. `python -m tests.house.test_lengths` prints the figures."""

import statistics

import pytest

from tests.house.source import Module, code_lines, function_lengths, house

MODULES = house()
LONGEST_FILE = 500
# Tables of declarations may be longer; each is named here with its reason.
LONGER_FILES: dict[str, str] = {}

# The admired engines have a median of 2-4 lines and nine functions in ten within 17 lines.
MEDIAN, NINE_IN_TEN, LONGEST = 4, 17, 40
# A single room may be denser (array kernels, a command's arguments) while the house keeps its median.
MEDIAN_OF_A_ROOM = 6
TOO_FEW_TO_JUDGE = 10


def packages() -> dict[str, list[int]]:
    """Function lengths of `autograd`, `nn`, and each package within them, its own packages included."""
    lengths: dict[str, list[int]] = {module.name: [] for module in MODULES.values() if module.is_package}
    for module in MODULES.values():
        mine = list(function_lengths(module).values())
        for package in lengths:
            if module.name == package or module.name.startswith(package + "."):
                lengths[package] += mine
    return lengths


def nine_in_ten(lengths: list[int]) -> int:
    """The length that nine functions in ten do not exceed."""
    return sorted(lengths)[-(-9 * len(lengths) // 10) - 1]


LENGTHS = packages()


@pytest.mark.parametrize("module", MODULES.values(), ids=lambda module: module.name)
def test_files_are_short(module: Module) -> None:
    lines = len(module.text.splitlines())
    assert lines <= LONGEST_FILE or module.where in LONGER_FILES, f"{module.where} has {lines} lines"


def test_exceptions_are_still_needed() -> None:
    long = {module.where for module in MODULES.values() if len(module.text.splitlines()) > LONGEST_FILE}
    assert set(LONGER_FILES) <= long


@pytest.mark.parametrize("package", LENGTHS)
def test_functions_are_short(package: str) -> None:
    lengths = LENGTHS[package]
    if len(lengths) < TOO_FEW_TO_JUDGE:
        pytest.skip(f"{len(lengths)} functions are too few for a median")
    median, most = statistics.median(lengths), nine_in_ten(lengths)
    longest = ", ".join(f"{name} ({length})" for name, length in longest_functions(package))
    limit = MEDIAN_OF_A_ROOM if "." in package else MEDIAN
    assert median <= limit, f"the median function of {package} has {median} lines of code"
    assert most <= NINE_IN_TEN, f"nine in ten functions of {package} have up to {most} lines; the longest: {longest}"
    assert max(lengths) <= LONGEST, f"the longest functions of {package}: {longest}"


def longest_functions(package: str, how_many: int = 8) -> list[tuple[str, int]]:
    inside = (m for m in MODULES.values() if m.name == package or m.name.startswith(package + "."))
    lengths = {name: length for module in inside for name, length in function_lengths(module).items()}
    return sorted(lengths.items(), key=lambda item: -item[1])[:how_many]


def test_only_code_is_counted() -> None:
    text = 'def f():\n    """Doc.\n\n    """\n    # why\n\n    y = """a\n    b"""\n    return (\n        y)\n'
    assert sorted(code_lines(text)) == [1, 7, 8, 9, 10]


def test_nine_in_ten_of_ten_is_the_ninth() -> None:
    assert nine_in_ten(list(range(1, 11))) == 9
    assert nine_in_ten(list(range(1, 12))) == 10


def report() -> None:
    print(f"{'package':28} functions  median  nine in ten  longest")
    for package, lengths in LENGTHS.items():
        if lengths:
            figures = f"{len(lengths):9}  {statistics.median(lengths):6}  {nine_in_ten(lengths):11}"
            print(f"{package:28} {figures}  {max(lengths):7}")
    for name in ("autograd", "nn"):
        for function, length in longest_functions(name) if name in LENGTHS else []:
            print(f"{length:4}  {function}")


if __name__ == "__main__":
    report()
