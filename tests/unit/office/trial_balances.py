"""Trial balances as tests write them, in thousand roubles, and the shipped map with lines changed."""

from importlib import resources

from accounting.office.balance_map import BalanceMap, read_map
from accounting.office.balance_sheet import SheetLine
from accounting.office.trial_balance import Maturity, TrialRow

THOUSAND = 100_000
MAP_FILE = "balance-sheet-ru.csv"

WORKED = {
    "01": (900, 0), "02.01": (0, 300), "04": (120, 0), "05": (0, 40), "10": (150, 0), "19": (10, 0), "41": (400, 0),
    "50": (20, 0), "51": (510, 0), "60": (90, 350), "62": (420, 60), "66": (0, 200), "68": (15, 85), "69": (0, 45),
    "70": (0, 110), "71": (5, 0), "76": (30, 20), "76.АВ": (10, 0), "80": (0, 10), "84": (0, 1420), "96": (0, 60),
    "97": (20, 0),
}  # fmt: skip
"""Office domain 8.3: debit and credit by account, all terms short."""


def trial_rows(thousands: dict[str, tuple[int, int]], maturity: Maturity = Maturity.SHORT) -> list[TrialRow]:
    """Rows of debit and credit by account."""
    return [
        TrialRow(account=account, debit_kopecks=debit * THOUSAND, credit_kopecks=credit * THOUSAND, maturity=maturity)
        for account, (debit, credit) in thousands.items()
    ]


def map_text() -> str:
    """The shipped map as it stands in its file."""
    return resources.files("accounting.office.packs").joinpath(MAP_FILE).read_text("utf-8")


def changed_map(old: str, new: str) -> BalanceMap:
    """The shipped map with another text in the place of one that must be there."""
    text = map_text()
    assert old in text
    return read_map(MAP_FILE, text.replace(old, new))


def story(line: SheetLine) -> list[tuple[str, int]]:
    """Which accounts gave a line what, thousand roubles."""
    return [(one.account, one.kopecks // THOUSAND) for one in line.taken]
