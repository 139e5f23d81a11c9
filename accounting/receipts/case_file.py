"""A file of cases: one, or a list of them (case format); the answers in the same order."""

from typing import Any

import msgspec

from accounting.receipts.cases import run_case


def answer_cases(content: bytes) -> list[dict[str, Any]]:
    """``[{"id", "out"}]`` of JSON that holds one case or an array of them.

    Raises msgspec.ValidationError with the path of what a case may not say (``$[2].in.events[0].date``), and
    msgspec.DecodeError when it is no JSON. Nothing is answered when one case is wrong.
    """
    decoded = msgspec.json.decode(content)
    many = isinstance(decoded, list)
    answers = []
    for place, case in enumerate(decoded if many else [decoded]):
        try:
            out = run_case(case)
        except msgspec.ValidationError as error:
            if not many:
                raise
            raise msgspec.ValidationError(str(error).replace("`$", f"`$[{place}]", 1)) from None
        answers.append({"id": case["id"], "out": out})
    return answers
