"""What the load generator is told: a file named by ``FISCAL_LOAD_GIVEN``."""

from pathlib import Path

import msgspec

VARIABLE = "FISCAL_LOAD_GIVEN"
OPERATORS = 2
"""People who look, in every stage that has them: the other users of a stage are the rest."""


class Given(msgspec.Struct, frozen=True):
    """``token``: of the dialect; shops have it already, as real ones ask once in 24 hours. ``accounts``: names that
    begin with ``A<billing>-``, numbered from 0. ``shops_a_second``: receipts of one shop each second; 0: the next as
    soon as the last is answered."""

    key: str
    group: str
    token: str
    accounts: int
    shops_a_second: float = 0.0


def write_given(path: Path, given: Given) -> None:
    """For the generator of one stage."""
    path.write_bytes(msgspec.json.encode(given))


def read_given(path: Path) -> Given:
    """In the generator."""
    return msgspec.json.decode(path.read_bytes(), type=Given)
