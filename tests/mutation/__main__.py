"""`python -m tests.mutation [OPERATION ...]`: what became of every mutant."""

import sys
from collections import Counter

import autograd
from tests.mutation.mutants import all_mutants, fate, mutants_of


def main(names: list[str]) -> int:
    chosen = [m for name in names for m in mutants_of(autograd.registry[name])] if names else all_mutants()
    fates = Counter[str]()
    for mutant in chosen:
        end = fate(mutant)
        fates[end] += 1
        if end == "survived" or names:
            print(f"{end:>8}  {mutant}", flush=True)
    print(f"{fates['killed']} killed, {fates['survived']} survived, {fates['idle']} idle (nothing wrong in any sample)")
    return int(fates["survived"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
