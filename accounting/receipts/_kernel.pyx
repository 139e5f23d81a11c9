# cython: language_level=3
"""Integer arithmetic of the computation: what the plain forms in money.py and vat.py do, in C.

Amounts are int64 kopecks up to 10**15 (money.MAX_KOPECKS). A share needs amount * weight, up to 10**30: that product is
made in 128 bits, everything else stays in 64 with Cython's overflow checks on.
"""

from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc, qsort

cdef int64_t MAX_KOPECKS = 1_000_000_000_000_000

cdef extern from *:
    """
    #include <stdint.h>

    typedef struct { int64_t remainder; int64_t weight; int64_t place; } fiscal_share;

    static inline int64_t fiscal_quotient(int64_t a, int64_t b, int64_t total) {
        return (int64_t)(((unsigned __int128)a * (unsigned __int128)b) / (unsigned __int128)total);
    }
    static inline int64_t fiscal_remainder(int64_t a, int64_t b, int64_t total) {
        return (int64_t)(((unsigned __int128)a * (unsigned __int128)b) % (unsigned __int128)total);
    }
    /* Larger remainder first, then larger weight, then the earlier place. */
    static int fiscal_compare(const void *left, const void *right) {
        const fiscal_share *a = (const fiscal_share *)left, *b = (const fiscal_share *)right;
        if (a->remainder != b->remainder) return a->remainder > b->remainder ? -1 : 1;
        if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
        return a->place < b->place ? -1 : (a->place > b->place ? 1 : 0);
    }
    """
    ctypedef struct fiscal_share:
        int64_t remainder
        int64_t weight
        int64_t place
    int64_t fiscal_quotient(int64_t a, int64_t b, int64_t total) noexcept nogil
    int64_t fiscal_remainder(int64_t a, int64_t b, int64_t total) noexcept nogil
    int fiscal_compare(const void *left, const void *right) noexcept nogil


def split(int64_t amount, const int64_t[::1] weights, int64_t[::1] shares):
    cdef Py_ssize_t count = weights.shape[0]
    if count == 0 or shares.shape[0] != count:
        raise OverflowError("amount or weight out of bounds")
    cdef fiscal_share *rows = <fiscal_share *>malloc(count * sizeof(fiscal_share))
    if rows == NULL:
        raise MemoryError()
    cdef int wrong
    try:
        with nogil:
            wrong = _split(amount, weights, shares, rows)
    finally:
        free(rows)
    if wrong:
        raise OverflowError("amount or weight out of bounds")


cdef int _split(
    int64_t amount, const int64_t[::1] weights, int64_t[::1] shares, fiscal_share *rows
) except -1 nogil:
    cdef Py_ssize_t place, count = weights.shape[0]
    cdef int64_t total = 0, left = amount
    if amount < 0 or amount > MAX_KOPECKS:
        return 1
    for place in range(count):
        if weights[place] <= 0 or weights[place] > MAX_KOPECKS:
            return 1
        total += weights[place]
    for place in range(count):
        shares[place] = fiscal_quotient(amount, weights[place], total)
        left -= shares[place]
        rows[place].remainder = fiscal_remainder(amount, weights[place], total)
        rows[place].weight = weights[place]
        rows[place].place = place
    qsort(rows, <size_t>count, sizeof(fiscal_share), fiscal_compare)
    for place in range(left):
        shares[rows[place].place] += 1
    return 0


cdef inline int64_t _tax(int64_t amount, int64_t numerator, int64_t denominator) except? -1 nogil:
    return (2 * amount * numerator + denominator) // (2 * denominator)


def vat_of(
    const int64_t[::1] amounts,
    const int64_t[::1] numerators,
    const int64_t[::1] denominators,
    int64_t[::1] taxes,
):
    cdef Py_ssize_t place, count = amounts.shape[0]
    if numerators.shape[0] != count or denominators.shape[0] != count or taxes.shape[0] != count:
        raise ValueError("columns of different length")
    _check(amounts, denominators)
    with nogil:
        for place in range(count):
            taxes[place] = _tax(amounts[place], numerators[place], denominators[place])


def vat_totals(
    const int64_t[::1] amounts,
    const int64_t[::1] groups,
    const int64_t[::1] numerators,
    const int64_t[::1] denominators,
    int64_t[::1] totals,
):
    cdef Py_ssize_t place, count = amounts.shape[0], group_count = totals.shape[0]
    if groups.shape[0] != count or numerators.shape[0] != group_count or denominators.shape[0] != group_count:
        raise ValueError("columns of different length")
    _check(amounts, denominators)
    for place in range(count):
        if groups[place] < 0 or groups[place] >= group_count:
            raise IndexError("group out of bounds")
    with nogil:
        for place in range(group_count):
            totals[place] = 0
        for place in range(count):
            totals[groups[place]] += amounts[place]
        for place in range(group_count):
            totals[place] = _tax(totals[place], numerators[place], denominators[place])


cdef int _check(const int64_t[::1] amounts, const int64_t[::1] denominators) except -1:
    # C division truncates towards zero: below zero it would not round half up, so such amounts are refused.
    cdef Py_ssize_t place
    for place in range(amounts.shape[0]):
        if amounts[place] < 0 or amounts[place] > MAX_KOPECKS:
            raise OverflowError("amount out of bounds")
    for place in range(denominators.shape[0]):
        if denominators[place] <= 0:
            raise ValueError("a denominator must be positive")
    return 0
