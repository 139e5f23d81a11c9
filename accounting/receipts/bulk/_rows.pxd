# The int64 rows that go in and out of the kernel. The same fields in the same order stand in layout.py, where each is
# explained; a test compares the two. -1 says "none" wherever a field may be empty.

from libc.stdint cimport int64_t


cdef enum AccountMark:
    LEGAL_PAYER = 1
    MEMBER = 2


cdef enum DebtMark:
    DELIVERED = 1
    CREDITED = 2
    OFF_BALANCE = 4


cdef enum Exempt:
    NOT_EXEMPT = 0
    EXEMPT_LEGAL_PAYER = 1
    EXEMPT_MEMBER = 2


cdef enum Form:
    FORM_CASH = 0
    FORM_NONCASH = 1
    FORM_COUNTER = 2
    FORM_ADVANCE = 3


cdef enum Kind:
    PAYMENT = 0
    CHARGE = 1
    RECALCULATION = 2
    ADVANCE_REFUND = 3


cdef enum EventMark:
    UNBLOCKS = 1
    AGENT_FISCALISES = 2
    PAYER_INDIVIDUAL = 4
    PAYER_LEGAL = 8
    FOR_ADVANCE = 16
    FOR_PENALTY = 32
    FOR_COSTS = 64
    NO_CONTACT = 128


cdef enum Target:
    TO_DEBT = 0
    TO_OFF_BALANCE = 1
    TO_COSTS = 2
    TO_PENALTY = 3
    TO_ADVANCE = 4


cdef enum NoteKind:
    NOTE_PENALTY = 0
    NOTE_COSTS = 1
    NOTE_LEGAL_PAYER = 2
    NOTE_EXEMPT_MEMBER = 3
    NOTE_FOREIGN = 4
    NOTE_MICRO_PAYMENT = 5
    NOTE_WITHOUT_CONTACT = 6


cdef struct AccountRow:
    int64_t account
    int64_t marks
    int64_t penalty
    int64_t costs
    int64_t plan_service
    int64_t plan_price
    int64_t subscription
    int64_t bill_period
    int64_t contact


cdef struct DebtRow:
    int64_t account
    int64_t service
    int64_t period
    int64_t due_on
    int64_t amount
    int64_t vat_code
    int64_t marks
    int64_t volume_quantity
    int64_t volume_price
    int64_t volume_measure


cdef struct LotRow:
    int64_t account
    int64_t received_on
    int64_t amount
    int64_t vat_code
    int64_t method
    int64_t service
    int64_t exempt


cdef struct SettlementRow:
    int64_t account
    int64_t service
    int64_t period
    int64_t amount
    int64_t vat_code
    int64_t form
    int64_t settled_on
    int64_t exempt
    int64_t lot_received_on
    int64_t lot_vat_code
    int64_t lot_method
    int64_t lot_service
    int64_t event


cdef struct BillRow:
    int64_t account
    int64_t service
    int64_t amount


cdef struct EventRow:
    int64_t account
    int64_t kind
    int64_t day
    int64_t time
    int64_t marks
    int64_t service
    int64_t period
    int64_t amount
    int64_t vat_code
    int64_t due_on
    int64_t cash
    int64_t card_present
    int64_t card_online
    int64_t bank_transfer
    int64_t contact
    int64_t volume
    int64_t agent_sign


cdef struct VolumeRow:
    int64_t quantity
    int64_t price
    int64_t measure


cdef struct ReceiptRow:
    int64_t account
    int64_t event
    int64_t sign
    int64_t total
    int64_t deadline
    int64_t at_settlement
    int64_t group
    int64_t shape
    int64_t body_start
    int64_t body_end


cdef struct PartRow:
    int64_t account
    int64_t event
    int64_t target
    int64_t amount
    int64_t service
    int64_t period
    int64_t day
    int64_t vat_code
    int64_t marks
    int64_t method
    int64_t exempt
    int64_t volume_quantity
    int64_t volume_price
    int64_t volume_measure


cdef struct NoteRow:
    int64_t account
    int64_t event
    int64_t kind
    int64_t amount


cdef struct CommonRow:
    int64_t account
    int64_t service
    int64_t period
    int64_t amount
    int64_t vat_code


cdef struct ConsolidatedRow:
    int64_t group
    int64_t part
    int64_t service
    int64_t period
    int64_t amount
    int64_t vat_code


cdef struct LoweredRow:
    int64_t account
    int64_t settlement
    int64_t amount
