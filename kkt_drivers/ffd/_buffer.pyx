# cython: language_level=3
"""Tagged values into one piece of memory: what the writers of ``tlv.py`` do, in C.

A value that does not fit its tag ends in OverflowError, one of another type in TypeError: the plain form names the rule.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.text import STAND_INS, encode_text

cdef enum:
    FIRST_ROOM = 2048
    MAX_MONEY = 6
    MAX_MANTISSA = 7
    # Every character of CP866 and nearly every one with a stand-in is below.
    CHARACTERS = 0x2600
    NOT_DIRECT = 0xFF  # CP866 has NBSP here, which is written as a space, so no character goes to FFh by itself
    STAND_IN_SIZE = 4
    NO_STAND_IN = 0xFF
    ALL_TAGS = 0x10000

cdef unsigned char DIRECT[CHARACTERS]
cdef unsigned char STAND_IN_LENGTH[CHARACTERS]
cdef unsigned char STAND_IN[CHARACTERS][STAND_IN_SIZE]
cdef int TEXT_LENGTH[ALL_TAGS]  # -1: the table gives none
cdef unsigned char TEXT_PADDED[ALL_TAGS]
cdef unsigned char TEXT_EXACT[ALL_TAGS]


def _fill_tables():
    memset(DIRECT, NOT_DIRECT, sizeof(DIRECT))
    memset(STAND_IN_LENGTH, NO_STAND_IN, sizeof(STAND_IN_LENGTH))
    for byte, character in enumerate(bytes(range(NOT_DIRECT)).decode("cp866")):
        DIRECT[<Py_ssize_t>ord(character)] = byte
    for code, text in STAND_INS.items():
        written = text.encode("cp866")
        if code < CHARACTERS and len(written) <= STAND_IN_SIZE:
            STAND_IN_LENGTH[<Py_ssize_t>code] = len(written)
            for place, byte in enumerate(written):
                STAND_IN[<Py_ssize_t>code][<Py_ssize_t>place] = byte
    for tag, info in TAGS.items():
        TEXT_LENGTH[<Py_ssize_t>tag] = -1 if info.length is None else info.length
        TEXT_PADDED[<Py_ssize_t>tag] = info.padded
        TEXT_EXACT[<Py_ssize_t>tag] = info.fixed


_fill_tables()


cdef class Buffer:
    def __cinit__(self):
        self.room = FIRST_ROOM
        self.data = <unsigned char *>malloc(FIRST_ROOM)
        if self.data == NULL:
            raise MemoryError()

    def __dealloc__(self):
        free(self.data)

    cdef int reserve(self, Py_ssize_t count) except -1:
        cdef unsigned char *larger
        cdef Py_ssize_t room = self.room
        if self.size + count <= room:
            return 0
        while room < self.size + count:
            room *= 2
        larger = <unsigned char *>realloc(self.data, <size_t>room)
        if larger == NULL:
            raise MemoryError()
        self.data, self.room = larger, room
        return 0

    cdef int put_head(self, int tag, Py_ssize_t length) except -1:
        """Makes room for the value too."""
        if length > MAX_VALUE:
            raise OverflowError
        self.reserve(HEAD + length)
        cdef unsigned char *to = self.data + self.size
        to[0] = tag & 0xFF
        to[1] = tag >> 8
        to[2] = length & 0xFF
        to[3] = length >> 8
        self.size += HEAD
        return 0

    cdef int put_number(self, int64_t number) except -1:
        """As few bytes as it needs, at least one; the room is there."""
        while True:
            self.data[self.size] = number & 0xFF
            self.size += 1
            number >>= 8
            if number == 0:
                return 0

    cdef int put_byte(self, int tag, object number) except -1:
        cdef int64_t value = integer(number)
        if value < 0 or value > 0xFF:
            raise OverflowError
        self.put_head(tag, 1)
        self.data[self.size] = <unsigned char>value
        self.size += 1
        return 0

    cdef int64_t put_money(self, int tag, object kopecks) except -1:
        """Gives the amount back, for the sums."""
        cdef int64_t value = integer(kopecks)
        cdef int length = length_of(value)
        if value < 0 or length > MAX_MONEY:
            raise OverflowError
        self.put_head(tag, length)
        self.put_number(value)
        return value

    cdef int64_t put_quantity(self, object quantity_micro) except -1:
        cdef int64_t micro = integer(quantity_micro), mantissa = micro
        cdef int decimals = 6, length
        if mantissa < 0:
            raise OverflowError
        if mantissa % ONE == 0:
            decimals, mantissa = 0, mantissa // ONE
        else:
            while mantissa % 10 == 0:
                mantissa //= 10
                decimals -= 1
        length = length_of(mantissa)
        if length > MAX_MANTISSA:
            raise OverflowError
        self.put_head(1023, 1 + length)
        self.data[self.size] = decimals
        self.size += 1
        self.put_number(mantissa)
        return micro

    cdef int put_time(self, int tag, int64_t seconds) except -1:
        cdef int byte
        if seconds < 0 or seconds > 0xFFFFFFFF:
            raise OverflowError
        self.put_head(tag, 4)
        for byte in range(4):
            self.data[self.size + byte] = (seconds >> (8 * byte)) & 0xFF
        self.size += 4
        return 0

    cdef int put_text(self, int tag, object text) except -1:
        """Padded and bounded as the tag table says."""
        cdef Py_ssize_t length, wanted = TEXT_LENGTH[tag], start = self.begin(tag)
        if type(text) is not str:
            raise TypeError
        self.put_characters(tag, <str>text)
        length = self.size - start
        if wanted >= 0 and length != wanted:
            if length > wanted:
                raise OverflowError
            if TEXT_PADDED[tag]:
                self.reserve(wanted - length)
                memset(self.data + self.size, 0x20, <size_t>(wanted - length))
                self.size += wanted - length
            elif TEXT_EXACT[tag]:
                raise OverflowError
        return self.end(start, MAX_VALUE)

    cdef int put_characters(self, int tag, str text) except -1:
        cdef Py_ssize_t place, count = PyUnicode_GET_LENGTH(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef const void *characters = PyUnicode_DATA(text)
        cdef Py_UCS4 character
        cdef unsigned char *to
        self.reserve(count)
        to = self.data + self.size
        for place in range(count):
            character = PyUnicode_READ(kind, <void *>characters, place)
            if character >= CHARACTERS or DIRECT[character] == NOT_DIRECT:
                return self.put_replaced(tag, text)
            to[place] = DIRECT[character]
        self.size += count
        return 0

    cdef int put_replaced(self, int tag, str text) except -1:
        """A text with a character that CP866 lacks: then every stand-in counts, also ' for ` which CP866 has."""
        cdef Py_ssize_t place, at, count = PyUnicode_GET_LENGTH(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef const void *characters = PyUnicode_DATA(text)
        cdef Py_UCS4 character
        cdef bytes written
        self.reserve(STAND_IN_SIZE * count)
        at = self.size
        for place in range(count):
            character = PyUnicode_READ(kind, <void *>characters, place)
            if character < CHARACTERS and STAND_IN_LENGTH[character] != NO_STAND_IN:
                memcpy(self.data + at, STAND_IN[character], STAND_IN_SIZE)
                at += STAND_IN_LENGTH[character]
            elif character < CHARACTERS and DIRECT[character] != NOT_DIRECT:
                self.data[at] = DIRECT[character]
                at += 1
            else:
                # Letters in two pieces, rarer signs: Python's tables know them.
                written = encode_text(text, tag)
                self.reserve(PyBytes_GET_SIZE(written))
                memcpy(self.data + self.size, PyBytes_AS_STRING(written), <size_t>PyBytes_GET_SIZE(written))
                self.size += PyBytes_GET_SIZE(written)
                return 0
        self.size = at
        return 0

    cdef int put_texts(self, int tag, tuple texts) except -1:
        if texts is None:
            raise TypeError
        for text in texts:
            self.put_text(tag, text)
        return 0

    cdef Py_ssize_t begin(self, int tag) except -1:
        """Opens a value whose length is not known yet; gives its place for ``end``."""
        self.put_head(tag, 0)
        return self.size

    cdef int end(self, Py_ssize_t start, Py_ssize_t most) except -1:
        cdef Py_ssize_t length = self.size - start
        if length > most:
            raise OverflowError
        self.data[start - 2] = length & 0xFF
        self.data[start - 1] = length >> 8
        return 0


cdef int64_t integer(object number) except? -1:
    """Cython alone would cut the fraction of a float off."""
    if not isinstance(number, int):
        raise TypeError
    return number


cdef inline int length_of(int64_t number) noexcept nogil:
    """Bytes of a number that is not negative, at least one."""
    cdef int length = 1
    while number > 0xFF:
        number >>= 8
        length += 1
    return length
