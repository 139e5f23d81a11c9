# cython: language_level=3
"""Receipts to TLV and TLV to records, in C: what ``receipt.py``, ``item.py`` and ``_codec_plain.py`` do in Python.

Only the regular case is done here. For anything else (a text too long, a number that does not fit, bytes that are no
TLV) the caller is sent to the plain form, which alone knows the rules by their words: so errors are the same in both.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport int64_t

from kkt_drivers.ffd._buffer cimport HEAD, MAX_VALUE, ONE, Buffer, integer

from accounting.receipts.codes import FfdVersion
from accounting.receipts.model import Agent, AgentData, Correction, Receipt, ReceiptLine, Tenders, UserRequisite, VatTotal
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import _codec_plain
from kkt_drivers.ffd.meanings import meanings
from kkt_drivers.ffd.receipt_rules import is_filled, is_inn
from kkt_drivers.ffd.record import Tlv
from kkt_drivers.ffd.tags import STRUCTURES
from kkt_drivers.kkt import RECEIPT_ID_NAME, ReceiptOrder

cdef enum:
    NO_CODE = 1  # a line without a VAT code, beside the bits of the codes
    MAX_ITEM = 1024
    MAX_PASSED = 30_720  # as in receipt_rules.py
    EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()
    ALL_TAGS = 0x10000

cdef object V1_05 = FfdVersion.FFD_1_05
cdef object V1_2 = FfdVersion.FFD_1_2
cdef object NO_ID = object()
cdef int MAX_DEPTH = _codec_plain.MAX_DEPTH
cdef int MESSAGE = _codec_plain.OPERATOR_MESSAGE

# A field that is added to a receipt and not written here would be lost: then the plain form alone may be used.
_KNOWN = {
    ReceiptOrder: "receipt receipt_id receipt_id_tag cashier place address filler_1179",
    Receipt: "sign taxation lines tenders total_kopecks vat_totals contact agent_sign user_requisite additional correction"
    " internet sender_email requisites",
    ReceiptLine: "name price_kopecks sum_kopecks method subject vat_code quantity_micro vat_kopecks measure measure_text"
    " agent additional service period account requisites",
    Tenders: "cash electronic prepaid credit provision",
    VatTotal: "code kopecks",
    Correction: "kind settled_on order_number",
    UserRequisite: "name value",
    Agent: "sign supplier_inn supplier_name supplier_phones data",
    AgentData: "transfer_operator_address transfer_operator_inn transfer_operator_name operation agent_phones"
    " receiver_phones transfer_operator_phones",
}
for _struct, _fields in _KNOWN.items():
    if set(_struct.__struct_fields__) - set(_fields.split()):
        raise ImportError(f"the compiled codec does not know every field of {_struct.__name__}")

cdef unsigned char IS_STRUCTURE[ALL_TAGS]
for _tag in STRUCTURES:
    IS_STRUCTURE[<Py_ssize_t>_tag] = 1

# Numbers that the order knows.
cdef unsigned char IS_SUBJECT[256]
cdef unsigned char IS_MEASURE[256]
cdef int64_t RATES = 0  # of tag 1199, one bit each
for _number in meanings(1212):
    IS_SUBJECT[<Py_ssize_t>_number] = 1
for _number in meanings(2108):
    IS_MEASURE[<Py_ssize_t>_number] = 1
for _number in meanings(1199):
    RATES |= <int64_t>1 << <int64_t>_number

# VAT codes 1 to 6 have tags of their own.
cdef int FLAT_VAT_TAGS[7]
FLAT_VAT_TAGS[:] = [0, 1102, 1103, 1106, 1107, 1104, 1105]


# Receipts -------------------------------------------------------------------------------------------------------------


def encode_receipt(order, ffd):
    cdef Buffer to = Buffer()
    try:
        put_receipt(to, order, ffd)
    except (AttributeError, CodecError, OverflowError, TypeError):
        return None
    return PyBytes_FromStringAndSize(<char *>to.data, to.size)


cdef int put_receipt(Buffer to, object order, object ffd) except -1:
    cdef object receipt = order.receipt, correction = receipt.correction, lines = receipt.lines
    cdef bint in_1_05 = ffd is V1_05
    cdef bint in_full = correction is None or not in_1_05
    cdef object sign, id_of_line
    cdef int64_t total, of_lines = 0, codes = 0, totals
    if not in_1_05 and ffd is not V1_2:
        raise TypeError
    if receipt.requisites:  # of other systems: rare, and written by the plain form
        raise OverflowError
    if not in_full:
        sign = receipt.sign
        if sign != 1 and sign != 3:
            raise OverflowError
    id_of_line = id_for_first_line(order, receipt, in_full and lines)
    if in_1_05:
        to.put_byte(1209, ffd)
    to.put_byte(1055, receipt.taxation)
    put_unless_empty(to, 1021, order.cashier)
    if correction is not None:
        put_correction(to, correction, in_1_05, order.filler_1179)
    put_unless_empty(to, 1009, order.address)
    put_unless_empty(to, 1187, order.place)
    if in_full:
        put_unless_empty(to, 1008, receipt.contact)
        put_unless_empty(to, 1117, receipt.sender_email)
        if receipt.internet:
            to.put_byte(1125, 1)
        of_lines = put_lines(to, <tuple?>lines, in_1_05, id_of_line, &codes)
    total = put_tenders(to, receipt.tenders)
    # What receipt_rules.py refuses; the codes of a 1.05 correction are above.
    if total >> 48 or total != receipt.total_kopecks or (in_full and of_lines // 100 != total // 100):
        raise OverflowError
    totals = put_vat(to, <tuple?>receipt.vat_totals)
    if not codes & NO_CODE and codes & ~totals:
        raise OverflowError
    sign = receipt.agent_sign
    if sign is not None:
        if correction is None and not is_one_bit(sign):
            raise OverflowError
        if in_1_05:
            to.put_byte(1057, sign)
    put_unless_empty(to, 1192, receipt.additional)
    if id_of_line is NO_ID:
        put_requisite(to, RECEIPT_ID_NAME, order.receipt_id)
    elif receipt.user_requisite is not None:
        put_requisite(to, receipt.user_requisite.name, receipt.user_requisite.value)
    if to.size > MAX_PASSED:
        raise OverflowError
    return 0


cdef bint is_one_bit(object sign) except -1:
    cdef int64_t number = integer(sign)
    return number > 0 and not number & (number - 1)


cdef object id_for_first_line(object order, object receipt, bint has_lines):
    """The receipt id when it goes to 1191 of the first line, NO_ID when it goes to 1084. See ``receipt_id.py``."""
    cdef object requisite = receipt.user_requisite
    cdef bint line_free = has_lines and not receipt.lines[0].additional
    if requisite is not None and requisite.name == RECEIPT_ID_NAME:
        raise OverflowError
    if order.receipt_id_tag == 1084:
        if requisite is None:
            return NO_ID
        if line_free:
            return order.receipt_id
    elif line_free:
        return order.receipt_id
    elif requisite is None:
        return NO_ID
    raise OverflowError


cdef int put_unless_empty(Buffer to, int tag, object text) except -1:
    return to.put_text(tag, text) if text else 0


cdef int put_requisite(Buffer to, object name, object value) except -1:
    cdef Py_ssize_t start = to.begin(1084)
    to.put_text(1085, name)
    to.put_text(1086, value)
    return to.end(start, MAX_VALUE)


cdef int put_correction(Buffer to, object correction, bint in_1_05, object filler) except -1:
    cdef object number = correction.order_number
    cdef int64_t kind = integer(correction.kind)
    if not 0 <= kind <= 1:
        raise OverflowError
    if not is_filled(number):
        # By order there must be a number, and in 1.05 always: receipt_rules.py says so.
        if kind == 1 or (in_1_05 and not is_filled(filler)):
            raise OverflowError
        number = filler if in_1_05 else None
    to.put_byte(1173, correction.kind)
    cdef Py_ssize_t start = to.begin(1174)
    cdef int64_t day = integer(correction.settled_on.toordinal())
    to.put_time(1178, (day - EPOCH_DAY) * 86_400)
    put_unless_empty(to, 1179, number)
    return to.end(start, MAX_VALUE)


cdef int64_t put_tenders(Buffer to, object tenders) except -1:
    cdef int64_t total = to.put_money(1031, tenders.cash)
    total += to.put_money(1081, tenders.electronic)
    total += to.put_money(1215, tenders.prepaid)
    total += to.put_money(1216, tenders.credit)
    return total + to.put_money(1217, tenders.provision)


cdef int64_t put_vat(Buffer to, tuple totals) except -1:
    """Gives the codes, one bit each. They ascend, so those with a tag of their own (up to 6) come first."""
    cdef Py_ssize_t start = 0, one
    cdef int64_t code, last = 0, codes = 0
    for total in totals:
        code = integer(total.code)
        if code <= last:
            raise OverflowError
        if code <= 6:
            to.put_money(FLAT_VAT_TAGS[code], total.kopecks)
        else:
            if start == 0:
                if last == 0:
                    to.put_money(1104, 0)
                start = to.begin(1115)
            one = to.begin(1119)
            to.put_byte(1199, code)
            to.put_money(1120, total.kopecks)
            to.end(one, MAX_VALUE)
        last = code
        codes |= one_of_codes(code)
    if last == 0:
        raise OverflowError
    if start:
        to.end(start, MAX_VALUE)
    return codes


cdef int64_t one_of_codes(int64_t code) except -1:
    if not 0 < code < 62 or not RATES >> code & 1:
        raise OverflowError
    return <int64_t>1 << code


cdef int64_t put_lines(Buffer to, tuple lines, bint in_1_05, object id_of_line, int64_t *codes) except -1:
    """Gives the sum of the lines, and in ``codes`` their VAT codes, one bit each."""
    cdef bint with_id = id_of_line is not NO_ID
    cdef int64_t total = 0
    for line in lines:
        total += put_item(to, line, in_1_05, id_of_line if with_id else line.additional, codes)
        with_id = False
    if not lines:
        raise OverflowError
    return total


cdef int64_t put_item(Buffer to, object line, bint in_1_05, object additional, int64_t *codes) except -1:
    cdef Py_ssize_t start = to.begin(1059)
    cdef object value
    cdef int64_t price, micro, total
    if line.requisites:
        raise OverflowError
    to.put_text(1030, line.name)
    price = to.put_money(1079, line.price_kopecks)
    micro = to.put_quantity(line.quantity_micro)
    if in_1_05:
        put_unless_empty(to, 1197, line.measure_text)
    else:
        to.put_byte(2108, line.measure)
        if not IS_MEASURE[to.data[to.size - 1]]:
            raise OverflowError
    total = to.put_money(1043, line.sum_kopecks)
    if not -ONE <= price * micro - total * ONE <= ONE:
        raise OverflowError
    value = line.vat_code
    if value is None:
        codes[0] |= NO_CODE
    else:
        to.put_byte(1199, value)
        codes[0] |= one_of_codes(to.data[to.size - 1])
    value = line.vat_kopecks
    if value:
        to.put_money(1200, value)
    value = line.method
    if value is not None:
        to.put_byte(1214, value)
    value = line.subject
    if value is not None:
        to.put_byte(1212, value)
        if not IS_SUBJECT[to.data[to.size - 1]]:
            raise OverflowError
    value = line.agent
    if value is not None:
        put_agent(to, value)
    put_unless_empty(to, 1191, additional)
    to.end(start, MAX_ITEM)
    return total


cdef int put_agent(Buffer to, object agent) except -1:
    cdef Py_ssize_t start
    if not is_one_bit(agent.sign) or not is_inn(agent.supplier_inn):
        raise OverflowError
    to.put_byte(1222, agent.sign)
    if agent.data is not None:
        start = to.begin(1223)
        put_agent_data(to, agent.data)
        end_or_drop(to, start)
    start = to.begin(1224)
    to.put_texts(1171, <tuple?>agent.supplier_phones)
    put_unless_empty(to, 1225, agent.supplier_name)
    end_or_drop(to, start)
    return to.put_text(1226, agent.supplier_inn)


cdef int put_agent_data(Buffer to, object data) except -1:
    put_unless_empty(to, 1005, data.transfer_operator_address)
    if data.transfer_operator_inn and not is_inn(data.transfer_operator_inn):
        raise OverflowError
    put_unless_empty(to, 1016, data.transfer_operator_inn)
    put_unless_empty(to, 1026, data.transfer_operator_name)
    put_unless_empty(to, 1044, data.operation)
    to.put_texts(1073, <tuple?>data.agent_phones)
    to.put_texts(1074, <tuple?>data.receiver_phones)
    return to.put_texts(1075, <tuple?>data.transfer_operator_phones)


cdef int end_or_drop(Buffer to, Py_ssize_t start) except -1:
    """A structure of nothing is not written."""
    if to.size == start:
        to.size = start - HEAD
        return 0
    return to.end(start, MAX_VALUE)


# Records --------------------------------------------------------------------------------------------------------------


def decode(data):
    cdef tuple records = None
    if type(data) is bytes:
        records = read_records(<bytes>data, 0, PyBytes_GET_SIZE(data), 0)
    return _codec_plain.decode(data) if records is None else records


cdef tuple read_records(bytes data, Py_ssize_t at, Py_ssize_t end, int depth):
    """None when something is wrong with the bytes."""
    cdef const unsigned char *octets = <const unsigned char *>PyBytes_AS_STRING(data)
    cdef Py_ssize_t place, length, count
    cdef int tag
    cdef tuple records, children
    cdef object record, value
    if depth > MAX_DEPTH:
        return None
    count = count_records(octets, at, end)
    if count < 0:
        return None
    records = PyTuple_New(count)
    for place in range(count):
        tag = octets[at] | octets[at + 1] << 8
        length = octets[at + 2] | octets[at + 3] << 8
        at += HEAD
        value = PyBytes_FromStringAndSize(<const char *>octets + at, length)
        if not IS_STRUCTURE[tag]:
            record = Tlv(tag, value)
        else:
            children = read_message(octets, at, at + length) if tag == MESSAGE else read_records(
                data, at, at + length, depth + 1
            )
            if children is None:
                return None
            record = Tlv(tag, value, children)
        at += length
        Py_INCREF(record)  # the tuple takes this reference
        PyTuple_SET_ITEM(records, place, record)
    return records


cdef tuple read_message(const unsigned char *octets, Py_ssize_t at, Py_ssize_t end):
    """The code of an operator's message; the raw text behind it is no record."""
    cdef Py_ssize_t start = at + HEAD, length
    if start > end:
        return None
    length = octets[at + 2] | octets[at + 3] << 8
    if start + length > end:
        return None
    return (Tlv(octets[at] | octets[at + 1] << 8, PyBytes_FromStringAndSize(<const char *>octets + start, length)),)


cdef Py_ssize_t count_records(const unsigned char *octets, Py_ssize_t at, Py_ssize_t end) noexcept nogil:
    """-1 when a head is cut or a value runs out."""
    cdef Py_ssize_t count = 0
    while at < end:
        if end - at < HEAD:
            return -1
        at += HEAD + (octets[at + 2] | octets[at + 3] << 8)
        count += 1
    return count if at == end else -1
