# cython: overflowcheck=False
"""The tables of a run, and how the rows of one account are read from them: inlined into the run, for it is half its work.

Overflow checks are off for the reason that ``_run.pyx`` gives.
"""

from libc.stdint cimport int64_t, uint64_t

from accounting.receipts.bulk._room cimport take
from accounting.receipts.bulk._rows cimport AccountRow, BillRow, DebtRow, EventRow, LotRow, SettlementRow, VolumeRow
from accounting.receipts.bulk._rules cimport CODES
from accounting.receipts.bulk._work cimport Work

cdef enum:
    MAX_ROWS = 1000  # of one table and account


cdef struct Table:
    # Rows whose first field is the account, ascending.
    const int64_t *data
    Py_ssize_t width
    Py_ssize_t rows
    Py_ssize_t at  # the first row that was not looked at


cdef struct Given:
    Table debts
    Table lots
    Table bills
    Table settlements
    const EventRow *events
    const int64_t *order  # of the events
    Py_ssize_t event_count
    Py_ssize_t event_at
    const VolumeRow *volumes
    int64_t close_period
    int64_t close_event


cdef inline Py_ssize_t pass_by(Table *table, int64_t account, Py_ssize_t width) noexcept nogil:
    """Rows of the account, behind which the table stands then. ``width``: of a row in bytes, known to the compiler."""
    cdef const char *first = <const char *>table.data + table.at * width
    cdef const char *end = <const char *>table.data + table.rows * width
    cdef const char *place = first
    cdef Py_ssize_t count = 0
    while place < end and (<const int64_t *>place)[0] == account:
        place += width
        count += 1
    table.at += count
    return count


# Each of these copies one table's rows of the account and answers whether the kernel can count with them: known
# services and months, sums within one amount's bound. All rows are read and each is looked at without a branch, for bad
# ones are rare. Of at most MAX_ROWS rows within the bound the sum itself fits; in larger tables it is looked at each time.


cdef inline bint load_debts(Work work, Table *table, int64_t account) except -1 nogil:
    cdef const DebtRow *row = <const DebtRow *>table.data + table.at
    cdef DebtRow *loaded
    cdef Py_ssize_t i, count = pass_by(table, account, sizeof(DebtRow))
    cdef uint64_t services = work.rules.services, periods = work.rules.periods
    cdef uint64_t most = work.rules.policies.max_kopecks, owed = 0
    cdef bint wrong = False
    work.debts.used = 0
    loaded = <DebtRow *>take(&work.debts, count * <Py_ssize_t>sizeof(DebtRow))
    for i in range(count):
        wrong |= (
            (<uint64_t>row[i].service >= services)
            | (<uint64_t>(row[i].period - work.rules.first_period) >= periods)
            | (<uint64_t>(row[i].amount - 1) >= most)
            | (<uint64_t>(row[i].vat_code - 1) >= CODES - 1)
        )
        owed += row[i].amount
        loaded[i] = row[i]
    return not wrong and owed <= most and count <= MAX_ROWS


cdef inline bint load_lots(Work work, Table *table, int64_t account) except -1 nogil:
    cdef const LotRow *row = <const LotRow *>table.data + table.at
    cdef LotRow *loaded
    cdef Py_ssize_t i, count = pass_by(table, account, sizeof(LotRow))
    cdef uint64_t services = work.rules.services
    cdef uint64_t most = work.rules.policies.max_kopecks, had = 0
    cdef int64_t last = 0
    cdef bint wrong = False
    work.lots.used = 0
    if count == 0:
        return True
    loaded = <LotRow *>take(&work.lots, count * <Py_ssize_t>sizeof(LotRow))
    for i in range(count):
        had += row[i].amount
        wrong |= (
            (<uint64_t>(row[i].service + 1) > services)
            | (<uint64_t>(row[i].amount - 1) >= most)
            | (<uint64_t>(row[i].vat_code - 1) >= CODES - 1)
            | (had > most)
            | ((i != 0) & (row[i].received_on < last))
        )
        last = row[i].received_on
        loaded[i] = row[i]
    return not wrong


cdef inline bint see_bills(Work work, Table *table, int64_t account) noexcept nogil:
    cdef const BillRow *row = <const BillRow *>table.data + table.at
    cdef Py_ssize_t i, count = pass_by(table, account, sizeof(BillRow))
    cdef uint64_t services = work.rules.services
    cdef uint64_t most = work.rules.policies.max_kopecks, billed = 0
    cdef bint wrong = False
    work.bills.used = 0
    work.given_bills, work.given_bill_count = row, count  # few events look at them
    for i in range(count):
        wrong |= (<uint64_t>row[i].service >= services) | (<uint64_t>(row[i].amount - 1) >= most)
        billed += row[i].amount
    return not wrong and billed <= most and count <= MAX_ROWS and (billed > 0 or work.account.bill_period < 0)


cdef inline bint load_settlements(Work work, Table *table, int64_t account) except -1 nogil:
    cdef const SettlementRow *row = <const SettlementRow *>table.data + table.at
    cdef SettlementRow *loaded
    cdef Py_ssize_t i, count = pass_by(table, account, sizeof(SettlementRow))
    cdef uint64_t services = work.rules.services, periods = work.rules.periods
    cdef uint64_t most = work.rules.policies.max_kopecks, settled = 0
    cdef bint wrong = False
    work.settlements.used = 0
    work.first_settlement, work.given_settlements = table.at - count, count
    if count == 0:
        return True
    loaded = <SettlementRow *>take(&work.settlements, count * <Py_ssize_t>sizeof(SettlementRow))
    for i in range(count):
        settled += row[i].amount
        wrong |= (
            (<uint64_t>row[i].service >= services)
            | (<uint64_t>(row[i].period - work.rules.first_period) >= periods)
            | (<uint64_t>row[i].amount > most)
            | (<uint64_t>(row[i].vat_code - 1) >= CODES - 1)
            | (settled > most)
        )
        loaded[i] = row[i]
    return not wrong


cdef inline bint load_account(Work work, Given *given, const AccountRow *account) except -1 nogil:
    """The account with its rows; answers whether the kernel can count with it."""
    cdef uint64_t most = work.rules.policies.max_kopecks
    cdef bint sound
    work.account = account[0]
    work.changed = work.bill_changed = work.too_much = False
    sound = load_debts(work, &given.debts, account.account)
    sound &= load_lots(work, &given.lots, account.account)
    sound &= see_bills(work, &given.bills, account.account)
    sound &= load_settlements(work, &given.settlements, account.account)
    return sound and <uint64_t>account.penalty <= most and <uint64_t>account.costs <= most
