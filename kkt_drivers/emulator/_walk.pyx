"""TLVs of 07h walked in C: the tags and values of a document, and whether every length inside agrees.

The emulated FN's own, as its plain form in ``requisites.py`` is: it shares nothing with the driver's codec.
"""

from libc.string cimport memset


cdef class Walker:
    """Knows the tags whose value is again a list of TLVs."""

    cdef unsigned char _holds[65536]

    def __init__(self, structures):
        memset(self._holds, 0, sizeof(self._holds))
        for tag in structures:
            self._holds[<unsigned short> tag] = 1

    def split_checked(self, bytes data):
        """As the plain form; None when a length points outside."""
        cdef const unsigned char *at = data
        cdef Py_ssize_t place = 0, end, size = len(data)
        cdef unsigned int tag
        cdef list found = []
        while place < size:
            if size - place < 4:
                return None
            tag = at[place] | at[place + 1] << 8
            end = place + 4 + (at[place + 2] | at[place + 3] << 8)
            if end > size or self._holds[tag] and not self._agrees(at + place + 4, end - place - 4):
                return None
            found.append((tag, data[place + 4 : end]))
            place = end
        return found

    cdef bint _agrees(self, const unsigned char *at, Py_ssize_t size):
        cdef Py_ssize_t place = 0, end
        while place < size:
            if size - place < 4:
                return False
            end = place + 4 + (at[place + 2] | at[place + 3] << 8)
            if end > size:
                return False
            if self._holds[at[place] | at[place + 1] << 8] and not self._agrees(at + place + 4, end - place - 4):
                return False
            place = end
        return True
