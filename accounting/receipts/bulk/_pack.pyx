# cython: language_level=3, overflowcheck=False
"""A finished receipt as MessagePack, byte for byte what msgspec makes of a ``model.Receipt``.

Fields stand in the order of the structs and are left out when they have their default.
"""

from libc.stdint cimport int64_t, uint64_t

from accounting.receipts.bulk._room cimport Room, copy, take
from accounting.receipts.bulk._rows cimport ReceiptRow
from accounting.receipts.bulk._rules cimport (
    CODES,
    NAME_ADVANCE,
    NAME_KINDS,
    NAME_PENALTY,
    NAME_RETURNED_ADVANCE,
    Rules,
    Text,
)
from accounting.receipts.bulk._work cimport (
    DECLINED,
    DONE,
    MIDDLE_SIZE,
    PREFIX_SIZE,
    SKELETONS,
    SUFFIX_SIZE,
    Head,
    Line,
    Skeleton,
    Work,
)

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    #if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    #error "MessagePack is written for little-endian machines"
    #endif
    #define FISCAL_HALF_UP 1000000
    #define FISCAL_PIECE 64

    static char *fiscal_rare_number(char *at, uint64_t number) {
        if (number <= 0xFF) { *at++ = (char)0xCC; *at++ = (char)number; return at; }
        uint64_t swapped = __builtin_bswap64(number);
        *at++ = (char)0xCF; memcpy(at, &swapped, 8); return at + 8;
    }
    /* Amounts of two and of four bytes follow each other by chance, so a branch between them would be guessed wrong: the
       first byte and the end are computed. Writes five bytes for both: what comes next goes over them. */
    static inline char *fiscal_number(char *at, uint64_t number) {
        if (number < 128) { *at = (char)number; return at + 1; }
        if (__builtin_expect(number - 256 > 0xFFFFFFFF - 256, 0)) return fiscal_rare_number(at, number);
        int is_short = number <= 0xFFFF;
        uint32_t swapped = __builtin_bswap32((uint32_t)number) >> (16 * is_short);
        *at = (char)(0xCE - is_short);
        memcpy(at + 1, &swapped, 4);
        return at + 5 - 2 * is_short;
    }
    static inline char *fiscal_text_head(char *at, uint64_t size) {
        if (size < 32) { *at++ = (char)(0xA0 | size); return at; }
        if (size <= 0xFF) { *at++ = (char)0xD9; *at++ = (char)size; return at; }
        *at++ = (char)0xDA; *at++ = (char)(size >> 8); *at++ = (char)size;
        return at;
    }
    static inline char *fiscal_array_head(char *at, uint64_t size) {
        if (size < 16) { *at++ = (char)(0x90 | size); return at; }
        *at++ = (char)0xDC; *at++ = (char)(size >> 8); *at++ = (char)size;
        return at;
    }
    /* Texts of a few dozen bytes in whole pieces: both sides must have room for a whole number of them */
    static inline char *fiscal_pieces(char *at, const char *text, int64_t size) {
        for (int64_t done = 0; done < size; done += FISCAL_PIECE) memcpy(at + done, text + done, FISCAL_PIECE);
        return at + size;
    }
    /* price * quantity, both rounded half up; -1 when that is more than an amount may be */
    static inline int64_t fiscal_amount(int64_t price, int64_t quantity) {
        unsigned __int128 twice = (unsigned __int128)price * (unsigned __int128)quantity * 2 + FISCAL_HALF_UP;
        unsigned __int128 amount = twice / (2 * FISCAL_HALF_UP);
        return amount > INT64_MAX ? -1 : (int64_t)amount;
    }
    """
    char *number "fiscal_number"(char *at, int64_t number) noexcept nogil
    char *text_head "fiscal_text_head"(char *at, Py_ssize_t size) noexcept nogil
    char *array_head "fiscal_array_head"(char *at, Py_ssize_t size) noexcept nogil
    char *pieces "fiscal_pieces"(char *at, const char *text, Py_ssize_t size) noexcept nogil
    int lowest "__builtin_ctz"(int bits) noexcept nogil
    int64_t amount_of "fiscal_amount"(int64_t price, int64_t quantity) noexcept nogil

cdef enum:
    QUANTITY_ONE = 1_000_000
    INCOME = 1
    LARGEST_SUM = 9_999_999_999  # kopecks of a line or receipt that every register takes (receipt rules 4.3)
    HEAD_SIZE = 1024  # everything of a receipt that is no line
    LINE_SIZE = PREFIX_SIZE + MIDDLE_SIZE + SUFFIX_SIZE + 128


cdef inline char *bytes_of(char *at, const char *text, Py_ssize_t size) noexcept nogil:
    copy(at, text, size)
    return at + size


cdef inline char *put_text(char *at, Text text) noexcept nogil:
    copy(at, text.start, text.size)
    return at + text.size


cdef inline int64_t tax_of(Rules rules, int64_t amount, int64_t rate) noexcept nogil:
    """vat.tax_plain (receipt rules 4.4)."""
    if rules.numerator[rate] == 0:
        return 0
    return (2 * amount * rules.numerator[rate] + rules.denominator[rate]) // (2 * rules.denominator[rate])


cdef char *_put_name(Work work, char *at, Line *line) noexcept nogil:
    """Tag 1030: a head, and for deliveries the period behind it."""
    cdef Text head, remark
    cdef int64_t month
    if line.name == NAME_PENALTY:
        head = work.rules.advances.at(2 * CODES)
    elif line.name == NAME_ADVANCE or line.name == NAME_RETURNED_ADVANCE:
        head = work.rules.advances.at(2 * line.code + (1 if line.name == NAME_RETURNED_ADVANCE else 0))
    else:
        head = work.rules.names.at(line.service * NAME_KINDS + line.name)
    if line.period < 0:
        return put_text(text_head(at, head.size), head)
    remark = work.rules.remarks.at(line.name)
    at = put_text(text_head(at, head.size + 9 + remark.size), head)
    month = line.period % 12 + 1
    at = bytes_of(at, b", ", 2)
    at[0], at[1], at[2] = 48 + month // 10, 48 + month % 10, 46
    at = _put_year(at + 3, line.period // 12)
    return put_text(at, remark)


cdef inline char *_put_year(char *at, int64_t year) noexcept nogil:
    at[0], at[1] = 48 + year // 1000, 48 + year // 100 % 10
    at[2], at[3] = 48 + year // 10 % 10, 48 + year % 10
    return at + 4


cdef int64_t _shown_price(Head *head, Line *line) noexcept nogil:
    """draft.shown_volume: the price when price times quantity is the amount exactly; -1 otherwise (receipt rules 4.3)."""
    cdef int64_t price
    if line.volume_quantity < 0 or head.sign != INCOME or not 4 <= line.method <= 6:
        return -1
    price = amount_of(line.volume_price, 1)
    return price if price >= 0 and amount_of(price, line.volume_quantity) == line.amount else -1


cdef inline uint64_t _mix(uint64_t seed, int64_t value) noexcept nogil:
    """A step of FNV-1a over whole numbers."""
    return (seed ^ <uint64_t>value) * <uint64_t>0x100000001B3


cdef Skeleton *_skeleton(Work work, Line *line) noexcept nogil:
    """The line's texts, packed before or now; NULL for lines that are too long for it."""
    cdef Py_ssize_t place = (line.service * 7 + line.period * 5 + line.method * 3 + line.code + line.name) & (SKELETONS - 1)
    cdef Skeleton *found = work.skeletons + place
    if (
        found.fields
        and found.service == line.service
        and found.period == line.period
        and found.method == line.method
        and found.subject == line.subject
        and found.code == line.code
        and found.rate == line.rate
        and found.name == line.name
    ):
        return found
    return _fill(work, found, line)


cdef Skeleton *_fill(Work work, Skeleton *found, Line *line) noexcept nogil:
    cdef Text agent, service
    cdef char *at
    cdef uint64_t shape = <uint64_t>0xCBF29CE484222325
    agent.size = service.size = 0
    if line.service >= 0:
        agent, service = work.rules.agents.at(line.service), work.rules.service_ids.at(line.service)
    found.fields = 0
    if agent.size + service.size + 32 > SUFFIX_SIZE:
        return NULL
    found.service, found.period, found.method, found.subject = line.service, line.period, line.method, line.subject
    found.code, found.rate, found.name = line.code, line.rate, line.name
    found.fields = 6 + (agent.size != 0) + (line.service >= 0) + (line.period >= 0)
    # A line has more fields than a small head could count, so msgspec writes the larger one, however few there are.
    found.prefix[0], found.prefix[1] = 0xDE - 0x100, 0
    at = _put_name(work, bytes_of(found.prefix + 3, b"\xa4name", 5), line)
    found.prefix_size = <Py_ssize_t>bytes_of(at, b"\xadprice_kopecks", 14) - <Py_ssize_t>found.prefix
    at = number(bytes_of(found.middle, b"\xa6method", 7), line.method)
    at = number(bytes_of(at, b"\xa7subject", 8), line.subject)
    found.middle_size = <Py_ssize_t>number(bytes_of(at, b"\xa8vat_code", 9), line.code) - <Py_ssize_t>found.middle
    found.suffix_size = <Py_ssize_t>_put_suffix(found.suffix, agent, service, line) - <Py_ssize_t>found.suffix
    shape = _mix(_mix(_mix(shape, line.service), line.period), line.method)
    found.shape = _mix(_mix(_mix(shape, line.code), line.rate), line.name)
    return found


cdef char *_put_suffix(char *at, Text agent, Text service, Line *line) noexcept nogil:
    if agent.size:
        at = put_text(bytes_of(at, b"\xa5agent", 6), agent)
    if line.service >= 0:
        at = put_text(bytes_of(at, b"\xa7service", 8), service)
    if line.period >= 0:
        at = _put_year(bytes_of(at, b"\xa6period\xa7", 8), line.period // 12)
        at[0], at[1], at[2] = 45, 48 + (line.period % 12 + 1) // 10, 48 + (line.period % 12 + 1) % 10
        at += 3
    return at


cdef inline char *_put_line(Work work, char *at, Head *head, Line *line, uint64_t *shape) noexcept nogil:
    """A line behind the others, and its part of the receipt's shape."""
    cdef Skeleton *skeleton = _skeleton(work, line)
    cdef int64_t price = _shown_price(head, line)
    cdef char *start = at
    if skeleton == NULL:
        return NULL
    shape[0] = _mix(_mix(shape[0], <int64_t>skeleton.shape), line.volume_measure if price >= 0 else -1)
    shape[0] = _mix(
        shape[0],
        (line.cash != 0) | (line.electronic != 0) << 1 | (line.prepaid != 0) << 2 | (line.credit != 0) << 3
        | (line.tax != 0) << 4 | (line.amount > LARGEST_SUM) << 5,
    )
    at = number(pieces(at, skeleton.prefix, skeleton.prefix_size), line.amount if price < 0 else price)
    at = number(bytes_of(at, b"\xabsum_kopecks", 12), line.amount)
    copy(at, skeleton.middle, MIDDLE_SIZE)  # all of it: a size that the compiler knows
    at += skeleton.middle_size
    start[2] = <char>(skeleton.fields + (line.tax != 0))
    if price >= 0 and line.volume_quantity != QUANTITY_ONE:
        start[2] += 1
        at = number(bytes_of(at, b"\xaequantity_micro", 15), line.volume_quantity)
    if line.tax:
        at = number(bytes_of(at, b"\xabvat_kopecks", 12), line.tax)
    if price >= 0 and line.volume_measure and not work.rules.policies.ffd_1_05:  # tag 2108 exists since FFD 1.2
        start[2] += 1
        at = number(bytes_of(at, b"\xa7measure", 8), line.volume_measure)
    return pieces(at, skeleton.suffix, skeleton.suffix_size)


cdef inline char *_put_tenders(char *at, int64_t cash, int64_t electronic, int64_t prepaid, int64_t credit) noexcept nogil:
    at[0] = <char>(0x80 | ((cash != 0) + (electronic != 0) + (prepaid != 0) + (credit != 0)))
    at += 1
    if cash:
        at = number(bytes_of(at, b"\xa4cash", 5), cash)
    if electronic:
        at = number(bytes_of(at, b"\xaaelectronic", 11), electronic)
    if prepaid:
        at = number(bytes_of(at, b"\xa7prepaid", 8), prepaid)
    if credit:
        at = number(bytes_of(at, b"\xa6credit", 7), credit)
    return at


cdef inline char *_put_vat_totals(Work work, char *at, Line *lines, Py_ssize_t count) noexcept nogil:
    """One total a code, ascending; two rates under one code are worked out apart and added up (receipt rules 2)."""
    cdef int64_t sums[2 * CODES]
    cdef int64_t taxes[CODES]
    cdef int present = 0  # a bit a code
    cdef Py_ssize_t i, found = 0
    cdef int64_t code, total
    for i in range(count):
        code = lines[i].code
        if not present >> code & 1:
            present |= 1 << code
            found += 1
            sums[2 * code] = sums[2 * code + 1] = taxes[code] = 0
        sums[lines[i].rate] += lines[i].amount
        taxes[code] += lines[i].tax
    at = array_head(bytes_of(at, b"\xaavat_totals", 11), found)
    while present:
        code = lowest(present)
        present &= present - 1
        if work.rules.numerator[2 * code] == 0:
            total = sums[2 * code] + sums[2 * code + 1]  # a turnover: codes 5 and 6
        elif work.rules.policies.vat_total == 0 and found < count:  # a total of one line is that line's tax
            total = tax_of(work.rules, sums[2 * code], 2 * code)
            if sums[2 * code + 1]:
                total += tax_of(work.rules, sums[2 * code + 1], 2 * code + 1)
        else:
            total = taxes[code]
        at = number(bytes_of(at, b"\x82\xa4code", 6), code)
        at = number(bytes_of(at, b"\xa7kopecks", 8), total)
    return at


cdef int64_t _agent_sign(Work work, Line *lines, Py_ssize_t count) noexcept nogil:
    """Tag 1057 of FFD 1.05: when all lines carry the same 1222; 0 is none."""
    cdef int64_t sign = 0, other
    cdef Py_ssize_t i
    for i in range(count):
        other = work.rules.agent_sign[lines[i].service] if lines[i].service >= 0 else 0
        if i and other != sign:
            return 0
        sign = other
    return sign


cdef int pack_receipt(Work work, Head *head, Line *lines, Py_ssize_t count, int64_t group) except -1 nogil:
    """One receipt with its body behind the others. The lines are merged and fit into one receipt.

    Answers DECLINED when the texts of a line are longer than anything that people write.
    """
    cdef int64_t cash = 0, electronic = 0, prepaid = 0, credit = 0, sign = 0
    cdef Py_ssize_t i, start
    cdef Room *bodies = &work.answer.bodies.room
    cdef ReceiptRow *row
    cdef char *at
    cdef uint64_t shape = <uint64_t>0xCBF29CE484222325
    start = bodies.used
    at = take(bodies, HEAD_SIZE + count * LINE_SIZE)
    for i in range(count):
        lines[i].tax = tax_of(work.rules, lines[i].amount, lines[i].rate)
        cash += lines[i].cash
        electronic += lines[i].electronic
        prepaid += lines[i].prepaid
        credit += lines[i].credit
    if work.rules.policies.ffd_1_05:
        sign = _agent_sign(work, lines, count)
    at[0] = <char>(0x86 + (head.contact >= 0) + (sign != 0))
    at = number(bytes_of(at + 1, b"\xa4sign", 5), head.sign)
    at = number(bytes_of(at, b"\xa8taxation", 9), work.rules.taxation[group])
    at = array_head(bytes_of(at, b"\xa5lines", 6), count)
    for i in range(count):
        at = _put_line(work, at, head, &lines[i], &shape)
        if at == NULL:
            bodies.used = start
            return DECLINED
    at = _put_tenders(bytes_of(at, b"\xa7tenders", 8), cash, electronic, prepaid, credit)
    at = number(bytes_of(at, b"\xadtotal_kopecks", 14), cash + electronic + prepaid + credit)
    at = _put_vat_totals(work, at, lines, count)
    if head.contact >= 0:
        at = put_text(bytes_of(at, b"\xa7contact", 8), work.contacts.at(head.contact))
    if sign:
        at = number(bytes_of(at, b"\xaaagent_sign", 11), sign)
    bodies.used = <Py_ssize_t>at - <Py_ssize_t>bodies.data
    row = <ReceiptRow *>take(&work.answer.receipts.room, sizeof(ReceiptRow))
    row.account, row.event, row.sign, row.group = work.account.account, head.event, head.sign, group
    row.total = cash + electronic + prepaid + credit
    row.deadline, row.at_settlement = head.deadline, head.at_settlement
    shape = _mix(_mix(_mix(shape, head.sign), group), head.day)
    shape = _mix(_mix(_mix(shape, head.at_settlement), head.contact < 0), row.total > LARGEST_SUM)
    row.shape = <int64_t>(shape >> 1)
    row.body_start, row.body_end = start, bodies.used
    return DONE
