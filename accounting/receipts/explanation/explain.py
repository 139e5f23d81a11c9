"""Why a receipt is as it is, for the accountant who has to stand by it.

The explanation follows the computation: the books before the event are computed anew, the division is what the
computation itself reported, and every reason names its source with the mark of certainty. No advice beyond the rules.
"""

import re
from collections.abc import Sequence

import msgspec

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.compute import Outcome
from accounting.receipts.events import AnyEvent
from accounting.receipts.explanation import sentences as texts
from accounting.receipts.explanation.division import division, vat
from accounting.receipts.explanation.happened import document, happened, owed
from accounting.receipts.explanation.laws import due, laws
from accounting.receipts.explanation.policies import policies_that_chose
from accounting.receipts.explanation.reasons import reasons
from accounting.receipts.explanation.scene import scene_of
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.wording import MARKS, translated


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences by question; a question that this receipt does not raise has none."""

    document: list[str]
    event: list[str]
    owed: list[str]
    division: list[str]
    reasons: list[str]
    vat: list[str]
    policies: list[str]
    laws: list[str]
    due: list[str]

    def text(self) -> str:
        """All of it under headings, in the language of the call, and what the marks in it mean."""
        parts = [
            "\n".join([f"{translated(heading)}:", *(f"  {sentence}" for sentence in getattr(self, name))])
            for name, heading in texts.HEADINGS.items()
            if getattr(self, name)
        ]
        told = "\n".join(parts)
        marks = [f"[{mark}] {translated(words)}" for mark, words in MARKS.items() if f"[{mark}]" in told]
        return f"{told}\n{translated(texts.MARKS_HEADING)}: {'; '.join(marks)}."

    def marks(self) -> set[str]:
        """The marks of certainty that stand behind it."""
        return set(re.findall(r"\[([C1MIP])\]", " ".join([*self.reasons, *self.laws, *self.due])))


def explain(
    rules: MerchantRules,
    books: Books,
    events: Sequence[AnyEvent],
    outcome: Outcome,
    receipt: ComputedReceipt,
    issued: Sequence[IssuedReceipt] = (),
) -> Explanation:
    """Explain one receipt of ``compute(rules, books, events, issued=issued)``, whose answer is ``outcome``."""
    scene = scene_of(rules, books, events, outcome, receipt, issued)
    return Explanation(
        document=list(document(scene)),
        event=list(happened(scene)),
        owed=list(owed(scene)),
        division=list(division(scene)),
        reasons=list(dict.fromkeys(reasons(scene))),
        vat=list(vat(scene)),
        policies=list(policies_that_chose(scene)),
        laws=list(laws(scene)),
        due=list(due(scene)),
    )
