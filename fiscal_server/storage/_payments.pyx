# cython: language_level=3
"""What payments did to the books, from the kernel's tables to the records of payments.py: MessagePack of its ``Parts``.

Parts, settlements and notes stand by account and, inside it, event by event, so one walk over the three finds what
belongs to a payment.
"""

from libc.stdint cimport int64_t
from libc.string cimport memcpy

from accounting.receipts.bulk._room cimport Block, Room, put, take
from accounting.receipts.bulk._rows cimport (
    CREDITED,
    DELIVERED,
    NOTE_EXEMPT_MEMBER,
    NOTE_FOREIGN,
    PAYMENT,
    TO_ADVANCE,
    TO_COSTS,
    TO_DEBT,
    TO_OFF_BALANCE,
    TO_PENALTY,
    EventRow,
    NoteRow,
    PartRow,
    SettlementRow,
)
from accounting.receipts.bulk._rules cimport Text, Texts

cdef extern from *:
    """
    #include <stdint.h>
    #include <stdio.h>
    #include <string.h>

    static inline char *fiscal_pack_number(char *at, int64_t number) { /* never negative here */
        int size = number < 128 ? 0 : number <= 0xFF ? 1 : number <= 0xFFFF ? 2 : number <= 0xFFFFFFFFLL ? 4 : 8;
        if (size == 0) { *at++ = (char)number; return at; }
        *at++ = (char)(size == 1 ? 0xCC : size == 2 ? 0xCD : size == 4 ? 0xCE : 0xCF);
        while (size--) *at++ = (char)((uint64_t)number >> (8 * size));
        return at;
    }
    static inline char *fiscal_pack_list(char *at, int64_t size) {
        if (size < 16) { *at++ = (char)(0x90 | size); return at; }
        *at++ = (char)0xDC; *at++ = (char)(size >> 8); *at++ = (char)size;
        return at;
    }
    /* date.fromordinal(day).isoformat() as a MessagePack text; the days are those of the years 1 to 9999 */
    static inline char *fiscal_pack_day(char *at, int64_t day) {
        int64_t z = day + 305, era = z / 146097, doe = z - era * 146097; /* counted from 0000-03-01 */
        int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
        int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
        int64_t d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9, y = yoe + era * 400 + (m <= 2);
        char text[24];
        snprintf(text, sizeof text, "%04d-%02d-%02d", (int)y, (int)m, (int)d);
        *at++ = (char)0xAA; memcpy(at, text, 10);
        return at + 10;
    }
    """
    char *pack_number "fiscal_pack_number"(char *at, int64_t number) noexcept nogil
    char *pack_list "fiscal_pack_list"(char *at, int64_t size) noexcept nogil
    char *pack_day "fiscal_pack_day"(char *at, int64_t day) noexcept nogil

cdef enum:
    NIL = 0xC0
    FALSE = 0xC2
    TRUE = 0xC3
    ROOM_OF_A_ROW = 128  # beyond its service


cdef struct PaymentRow:
    int64_t account
    int64_t event
    int64_t amount
    int64_t costs
    int64_t penalty
    int64_t agent_sign
    int64_t parts_start
    int64_t parts_end


cdef class PaymentPacker:
    """Texts by number, as MessagePack: services, exemptions, forms, reasons of notes."""

    cdef Texts services
    cdef Texts exempt
    cdef Texts forms
    cdef Texts reasons

    def __init__(self, Texts services, Texts exempt, Texts forms, Texts reasons):
        self.services = services
        self.exempt = exempt
        self.forms = forms
        self.reasons = reasons

    def pack(self, parts, settlements, notes, events):
        cdef const int64_t[::1] part_column = parts
        cdef const int64_t[::1] settlement_column = settlements
        cdef const int64_t[::1] note_column = notes
        cdef const int64_t[::1] event_column = events
        cdef Block rows = Block(), bodies = Block()
        cdef Py_ssize_t part_count = part_column.shape[0] // <Py_ssize_t>(sizeof(PartRow) // 8)
        cdef Py_ssize_t settled = settlement_column.shape[0] // <Py_ssize_t>(sizeof(SettlementRow) // 8)
        cdef Py_ssize_t noted = note_column.shape[0] // <Py_ssize_t>(sizeof(NoteRow) // 8)
        cdef const PartRow *part = <const PartRow *>&part_column[0] if part_count else NULL
        cdef const SettlementRow *settlement = <const SettlementRow *>&settlement_column[0] if settled else NULL
        cdef const NoteRow *note = <const NoteRow *>&note_column[0] if noted else NULL
        cdef const EventRow *event = <const EventRow *>&event_column[0] if event_column.shape[0] else NULL
        cdef Py_ssize_t at = 0, end, settlement_at = 0, settlement_end, note_at = 0, note_end
        bodies.is_bytes = True
        with nogil:
            while at < part_count:
                end = at + 1
                while end < part_count and part[end].event == part[at].event:
                    end += 1
                while settlement_at < settled and settlement[settlement_at].account < part[at].account:
                    settlement_at += 1
                while (
                    settlement_at < settled
                    and settlement[settlement_at].account == part[at].account
                    and event[settlement[settlement_at].event].kind != PAYMENT
                ):
                    settlement_at += 1
                settlement_end = settlement_at
                while settlement_end < settled and settlement[settlement_end].event == part[at].event:
                    settlement_end += 1
                while note_at < noted and (
                    note[note_at].account < part[at].account
                    or (note[note_at].account == part[at].account and event[note[note_at].event].kind != PAYMENT)
                ):
                    note_at += 1
                note_end = note_at
                while note_end < noted and note[note_end].event == part[at].event:
                    note_end += 1
                self._pack_payment(
                    part + at, end - at, settlement + settlement_at, settlement_end - settlement_at,
                    note + note_at, note_end - note_at, event, &rows.room, &bodies.room,
                )
                at, settlement_at, note_at = end, settlement_end, note_end
        return rows, bodies

    cdef int _pack_payment(
        self,
        const PartRow *part,
        Py_ssize_t parts,
        const SettlementRow *settlement,
        Py_ssize_t settled,
        const NoteRow *note,
        Py_ssize_t noted,
        const EventRow *events,
        Room *rows,
        Room *bodies,
    ) except -1 nogil:
        cdef PaymentRow row
        cdef char *at
        cdef Py_ssize_t i
        row.account, row.event = part.account, part.event
        row.amount = row.costs = row.penalty = 0
        row.agent_sign = -1
        row.parts_start = bodies.used
        for i in range(parts):
            row.amount += part[i].amount
            row.costs += part[i].amount if part[i].target == TO_COSTS else 0
            row.penalty += part[i].amount if part[i].target == TO_PENALTY else 0
        at = take(bodies, self._room_for(part, parts, settlement, settled) + ROOM_OF_A_ROW * noted)
        at = pack_list(at, 5)
        at = self._pack_debts(at, part, parts, TO_DEBT)
        at = self._pack_debts(at, part, parts, TO_OFF_BALANCE)
        at = self._pack_lots(at, part, parts)
        at = self._pack_settlements(at, settlement, settled)
        at = pack_list(at, _reasons(note, noted))
        for i in range(noted):
            if note[i].kind == NOTE_FOREIGN:
                row.agent_sign = events[row.event].agent_sign
            elif note[i].kind <= NOTE_EXEMPT_MEMBER:
                at = pack_number(self._text(pack_list(at, 2), self.reasons, note[i].kind), note[i].amount)
        bodies.used = <Py_ssize_t>at - <Py_ssize_t>bodies.data
        row.parts_end = bodies.used
        return put(rows, &row, sizeof(PaymentRow))

    cdef Py_ssize_t _room_for(
        self, const PartRow *part, Py_ssize_t parts, const SettlementRow *settlement, Py_ssize_t settled
    ) noexcept nogil:
        cdef Py_ssize_t size = 64, i
        for i in range(parts):
            size += ROOM_OF_A_ROW + (self.services.at(part[i].service).size if part[i].service >= 0 else 0)
        for i in range(settled):
            size += ROOM_OF_A_ROW + self.services.at(settlement[i].service).size
        return size

    cdef char *_text(self, char *at, Texts texts, int64_t place) noexcept nogil:
        """A packed text, nil for -1."""
        cdef Text text
        if place < 0:
            at[0] = <char>NIL
            return at + 1
        text = texts.at(place)
        memcpy(at, text.start, text.size)
        return at + text.size

    cdef char *_pack_debts(self, char *at, const PartRow *part, Py_ssize_t count, int64_t target) noexcept nogil:
        cdef Py_ssize_t i, found = 0
        for i in range(count):
            found += part[i].target == target
        at = pack_list(at, found)
        for i in range(count):
            if part[i].target != target:
                continue
            at = _pack_period(self._text(pack_list(at, 10), self.services, part[i].service), part[i].period)
            at = pack_number(pack_number(pack_day(at, part[i].day), part[i].amount), part[i].vat_code)
            at[0] = <char>(TRUE if part[i].marks & DELIVERED else FALSE)
            at[1] = <char>(TRUE if part[i].marks & CREDITED else FALSE)
            at = _pack_or_nil(_pack_or_nil(at + 2, part[i].volume_quantity), part[i].volume_price)
            at = pack_number(at, part[i].volume_measure)
        return at

    cdef char *_pack_lots(self, char *at, const PartRow *part, Py_ssize_t count) noexcept nogil:
        cdef Py_ssize_t i, found = 0
        for i in range(count):
            found += part[i].target == TO_ADVANCE
        at = pack_list(at, found)
        for i in range(count):
            if part[i].target != TO_ADVANCE:
                continue
            at = pack_number(pack_day(pack_list(at, 6), part[i].day), part[i].amount)
            at = pack_number(pack_number(at, part[i].vat_code), part[i].method)
            at = self._text(at, self.services, part[i].service)
            at = self._text(at, self.exempt, part[i].exempt if part[i].exempt else -1)
        return at

    cdef char *_pack_settlements(self, char *at, const SettlementRow *row, Py_ssize_t count) noexcept nogil:
        cdef Py_ssize_t i
        at = pack_list(at, count)
        for i in range(count):
            at = _pack_period(self._text(pack_list(at, 6), self.services, row[i].service), row[i].period)
            at = self._text(pack_number(pack_number(at, row[i].amount), row[i].vat_code), self.forms, row[i].form)
            at = self._text(at, self.exempt, row[i].exempt if row[i].exempt else -1)
        return at


cdef Py_ssize_t _reasons(const NoteRow *note, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i, found = 0
    for i in range(count):
        found += note[i].kind <= NOTE_EXEMPT_MEMBER
    return found


cdef char *_pack_or_nil(char *at, int64_t number) noexcept nogil:
    if number >= 0:
        return pack_number(at, number)
    at[0] = <char>NIL
    return at + 1


cdef char *_pack_period(char *at, int64_t period) noexcept nogil:
    cdef int64_t year = period // 12, month = period % 12 + 1
    at[0] = <char>0xA7
    at[1], at[2], at[3], at[4] = 48 + year // 1000, 48 + year // 100 % 10, 48 + year // 10 % 10, 48 + year % 10
    at[5], at[6], at[7] = 45, 48 + month // 10, 48 + month % 10
    return at + 8
