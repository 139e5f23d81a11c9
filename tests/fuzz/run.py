"""One target under the coverage-guided fuzzer, in a process of its own: libFuzzer ends the process as it likes.

    python -m tests.fuzz.run TARGET CORPUS [libFuzzer options]

CORPUS is a folder of inputs; those that reach new code are added to it. An input that breaks a promise is written where
``-artifact_prefix=`` says, and the exit code is not 0.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kkt_drivers", "accounting.reconciliation.incoming"]):
    from tests.fuzz.targets import TARGETS, seeds


def main(arguments: list[str]) -> None:
    """Write the seeds into the corpus and fuzz until libFuzzer stops."""
    target, corpus, *options = arguments
    folder = Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (folder / f"seed-{number:03}").write_bytes(seed)
    atheris.Setup([sys.argv[0], corpus, *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
