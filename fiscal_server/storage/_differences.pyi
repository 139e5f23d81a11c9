"""How ledgers went from what is stored to what was computed, by account and ordinal."""

from array import array

from accounting.receipts.bulk._room import Block

Table = array[int] | memoryview | Block

def debt_changes(
    before: array[int], ordinals: array[int], after: Table, changed: Table, period: int
) -> tuple[array[int], array[int], array[int]]:
    """Rows that are gone, as (account, ordinal); new rows, with ordinal and the account's total behind; new totals.

    Totals in kopecks: on the first row of an account that is not off balance, -1 on the others. New totals are those of
    first rows that stay as they are otherwise: (account, ordinal, total).

    ``before``, ``after``: rows of ``layout.DEBT``; ``ordinals``: those of ``before``. ``changed``: rows of
    ``layout.ACCOUNT``, the accounts whose debts ``after`` holds. Rows that stay keep their order, new ones come behind
    them. Debts of the period that were not delivered are all gone and not listed.
    """

def lot_changes(
    before: array[int], ordinals: array[int], after: Table, changed: Table
) -> tuple[array[int], array[int], array[int], array[int]]:
    """The same for rows of ``layout.LOT``, of which a close only takes: a lowered one keeps its ordinal.

    Gives the rows that are gone, those that stay, of all accounts, the new ones and new totals of those that stay.
    Raises ValueError when there are more lots than before.
    """
