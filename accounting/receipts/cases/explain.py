"""Cases explained: each receipt that a case makes, in words (case format; ``explain``)."""

from collections.abc import Iterator

import msgspec

from accounting.receipts.cases.input import books_of, with_only_account
from accounting.receipts.cases.names import check_names
from accounting.receipts.cases.run import decode_case
from accounting.receipts.compute import compute
from accounting.receipts.explanation.explain import explain


def explain_cases(content: bytes) -> Iterator[tuple[str, str]]:
    """The case's id and the text of each receipt, in the order of their making, in the language of the call.

    ``content`` is JSON with one case or an array of them. Raises msgspec.ValidationError for what a case may not say,
    msgspec.DecodeError when it is no JSON.
    """
    decoded = msgspec.json.decode(content)
    for case in decoded if isinstance(decoded, list) else [decoded]:
        given = decode_case(case)
        check_names(given)
        rules = given.merchant.rules()
        books = books_of(given, rules)
        events = [with_only_account(event, given.accounts) for event in given.events]
        issued = [row.issued() for row in given.issued]
        outcome = compute(rules, books, events, as_of=given.as_of, issued=issued)
        for receipt in outcome.receipts:
            yield case["id"], explain(rules, books, events, outcome, receipt, issued).text()
