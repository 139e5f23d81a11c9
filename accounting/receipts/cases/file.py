"""A file of cases: one, or a list of them (case format); the answers in the same order."""

from typing import Any

import msgspec

from accounting.receipts.cases.run import run_case_by
from accounting.receipts.compute import Engine


def answer_cases(content: bytes, engine: Engine = Engine.AUTO, *, diagnostics: bool = False) -> list[dict[str, Any]]:
    """``[{"id", "out"}]`` of JSON that holds one case or an array of them.

    With ``diagnostics`` a row has ``engines`` too: keys of the events that the kernel computed, and of the others the
    reasons why it did not. Raises RuntimeError when the kernel is asked for and was not built,
    msgspec.ValidationError with the path of what a case may not say (``$[2].in.events[0].date``), and
    msgspec.DecodeError when it is no JSON. Nothing is answered when one case is wrong.
    """
    decoded = msgspec.json.decode(content)
    many = isinstance(decoded, list)
    answers = []
    for place, case in enumerate(decoded if many else [decoded]):
        try:
            out, engines = run_case_by(engine, case)
        except msgspec.ValidationError as error:
            if not many:
                raise
            raise msgspec.ValidationError(str(error).replace("`$", f"`$[{place}]", 1)) from None
        answer = {"id": case["id"], "out": out}
        if diagnostics:
            answer["engines"] = {"kernel": list(engines.kernel), "reference": dict(engines.reference)}
        answers.append(answer)
    return answers
