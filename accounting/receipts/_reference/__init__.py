"""The rules in plain Python, one file per family of events, written to be read beside receipt rules 3.5 [I].

    session.py          the state of one computation; what every event may read and write
    order.py            in which order events apply (3.6)
    run.py              events applied one after another, past ones replayed (3.6, 6.3)
    payment.py          money in, known and unknown payers (3.7 on_payment, note i)
    posting.py          one payment into the ledger and onto lines (notes b, l)
    delivery.py         charges and the month close (notes a, c)
    refund.py           advances and services paid back (notes d, e)
    recalculation.py    a past charge goes down or up (notes f, g)
    transfer.py         advances moved, payers identified (notes h, i)
    relief.py           counter-claims and write-offs (note k)
    reversal.py         a payment taken back (note j)
    whole.py            all of it: events in, outcome out
    assembly.py         drafted sheets become receipts: VAT of the whole batch in columns (4.4)

Every handler checks first and writes afterwards: an event that is refused raises EventRefused before it has changed
anything.
"""
