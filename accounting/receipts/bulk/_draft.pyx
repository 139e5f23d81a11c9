# cython: language_level=3, overflowcheck=False
"""Lines before they become a receipt: draft.py, _reference/lines.py and Session.issue in C."""

from libc.stdint cimport int64_t

from accounting.receipts.bulk._pack cimport pack_receipt
from accounting.receipts.bulk._room cimport Room, take
from accounting.receipts.bulk._rows cimport LotRow, SettlementRow
from accounting.receipts.bulk._rules cimport (
    NAME_ADVANCE,
    NAME_PENALTY,
    NAME_PREPAYMENT,
    NAME_RETURNED_ADVANCE,
    NAME_RETURNED_PREPAYMENT,
)
from accounting.receipts.bulk._work cimport DECLINED, DONE, Head, Line, Work

cdef int draw_settled_return(Work work, Room *lines, SettlementRow *row, Forms forms, int64_t name) except -1 nogil:
    """What was settled for a delivered service goes back: always 4 (notes e, f)."""
    cdef Line *line = new_line(lines, forms)
    line.service, line.period, line.method = row.service, row.period, FULL_SETTLEMENT
    line.subject, line.group = work.rules.subject[row.service], work.rules.group[row.service]
    line.name = name
    line.code, line.rate = row.vat_code, work.rules.delivery_rate(row.vat_code, row.period)
    return 0


cdef int draw_advance(Work work, Room *lines, LotRow *lot, Forms forms, bint returned) except -1 nogil:
    """Money before the delivery, coming or going back: method and code of its lot (rows 3, 5, 7a)."""
    cdef Line *line = new_line(lines, forms)
    line.method, line.code = lot.method, lot.vat_code
    line.rate = work.rules.rate_of(lot.vat_code, lot.received_on)
    if lot.service >= 0:
        line.service = lot.service
        line.subject, line.group = work.rules.subject[lot.service], work.rules.group[lot.service]
        line.name = NAME_RETURNED_PREPAYMENT if returned else NAME_PREPAYMENT
    else:
        line.subject, line.group = SUBJECT_PAYMENT, work.rules.policies.own_group
        line.name = NAME_RETURNED_ADVANCE if returned else NAME_ADVANCE
    return 0


cdef int draw_penalty(Work work, Room *lines, Forms forms) except -1 nogil:
    """A penalty as a line of its own (row 11)."""
    cdef Line *line = new_line(lines, forms)
    line.method, line.subject, line.name = FULL_SETTLEMENT, SUBJECT_PAYMENT, NAME_PENALTY
    line.code = work.rules.policies.no_vat
    line.rate = work.rules.rate_of(line.code, 0)
    line.group = work.rules.policies.own_group
    return 0


cdef inline bint _is_same_line(Line *one, Line *other) noexcept nogil:
    """draft.merge_key: the text does not count."""
    return (
        one.service == other.service
        and one.period == other.period
        and one.method == other.method
        and one.subject == other.subject
        and one.code == other.code
        and one.rate == other.rate
    )


cdef int _join(Line *one, Line *other) except -1 nogil:
    one.amount += other.amount
    one.cash += other.cash
    one.electronic += other.electronic
    one.prepaid += other.prepaid
    one.credit += other.credit
    if (
        one.volume_quantity != other.volume_quantity
        or one.volume_price != other.volume_price
        or one.volume_measure != other.volume_measure
    ):
        one.volume_quantity = one.volume_price = -1
        one.volume_measure = 0
    return 0


cdef int _merge(Room *room) except -1 nogil:
    """draft.merged: equal lines at the place of the first."""
    cdef Line *lines = <Line *>room.data
    cdef Py_ssize_t count = room.used // <Py_ssize_t>sizeof(Line), kept = 0, i, j
    for i in range(count):
        for j in range(kept):
            if _is_same_line(&lines[j], &lines[i]):
                _join(&lines[j], &lines[i])
                break
        else:
            if kept != i:
                lines[kept] = lines[i]
            kept += 1
    room.used = kept * <Py_ssize_t>sizeof(Line)
    return 0


cdef int _fits(Work work, Line *lines, Py_ssize_t count) except -1 nogil:
    """consolidate.Limits.surely_hold; what does not fit is cut by the reference."""
    cdef int64_t total = 0, size = 0
    cdef Py_ssize_t i
    for i in range(count):
        total += lines[i].amount
        size += work.rules.line_bytes[lines[i].service] if lines[i].service >= 0 else work.rules.own_line_bytes
    if total > work.rules.policies.max_sum or total > work.rules.policies.max_kopecks:
        return False
    return count == 1 or (count <= work.rules.policies.max_lines and size <= work.rules.policies.max_bytes)


cdef inline bint _is_apart(Line *line, bint advances_apart) noexcept nogil:
    return advances_apart and line.period < 0 and line.method <= ADVANCE


cdef int issue(Work work, Room *room, Head *head, bint advances_apart) except -1 nogil:
    """Session.issue: lines merged, then a receipt a regime and register, advances apart if wanted.

    The lines are used up. Answers DECLINED when a receipt would have to be split.
    """
    cdef Py_ssize_t count, i, j, found
    cdef Line *lines
    cdef Line *chosen
    cdef int64_t group
    cdef bint apart
    if room.used > <Py_ssize_t>sizeof(Line):
        _merge(room)
    count = room.used // <Py_ssize_t>sizeof(Line)
    lines = <Line *>room.data
    if count and _are_of_one_group(lines, count, advances_apart):
        room.used = 0
        if not _fits(work, lines, count):
            return DECLINED
        return pack_receipt(work, head, lines, count, lines[0].group)
    work.scratch.used = 0
    chosen = <Line *>take(&work.scratch, room.used)
    lines = <Line *>room.data
    room.used = 0
    while count:
        group, apart, found = lines[0].group, _is_apart(&lines[0], advances_apart), 0
        i = 0
        for j in range(count):
            if lines[j].group == group and _is_apart(&lines[j], advances_apart) == apart:
                chosen[found] = lines[j]
                found += 1
            else:
                lines[i] = lines[j]
                i += 1
        count = i
        if not _fits(work, chosen, found) or pack_receipt(work, head, chosen, found, group) == DECLINED:
            return DECLINED
    return DONE


cdef inline bint _are_of_one_group(Line *lines, Py_ssize_t count, bint advances_apart) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(1, count):
        if lines[i].group != lines[0].group:
            return False
        if _is_apart(&lines[i], advances_apart) != _is_apart(&lines[0], advances_apart):
            return False
    return True
