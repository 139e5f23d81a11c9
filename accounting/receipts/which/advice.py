"""Which receipt for this case? The situation is asked step by step, the answer is a rule with its tags and its law.

The table (``which_table``) holds questions and rows; a question is asked only while it can still tell rows apart.
"""

from collections.abc import Mapping, Sequence

import msgspec

from accounting.receipts.which import deadlines as which_deadlines
from accounting.receipts.which.tags import tag_name, value_text
from accounting.receipts.wording import translated

DUE = "Срок: {due}."
RULE = "Правило: {rule}."
LAW = "Основание: {law}."


class Question(msgspec.Struct, frozen=True):
    """A question with its possible answers: value -> words. Texts are msgids."""

    key: str
    text: str
    options: dict[str, str]


class Row(msgspec.Struct, frozen=True):
    """A rule. ``when``: question -> values that lead here, a word or several with spaces between.

    ``tags`` are those of the document by number or short words; without ``tags`` there is no receipt. ``due`` names a
    deadline of ``which_deadlines``; "way" means that it depends on how the money went.
    """

    when: dict[str, str]
    rule: str
    document: str
    law: str
    tags: dict[str, str] = {}
    due: str = ""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules say of a situation."""

    rule: str
    document: str
    tags: dict[str, str]
    due: str
    law: str

    def text(self) -> str:
        """A few lines for people, in the language of the call."""
        rows = [self.document]
        rows += [f"  {tag} {tag_name(tag)}: {value_text(tag, value)}" for tag, value in self.tags.items()]
        if self.due:
            rows.append(translated(DUE, due=self.due))
        return "\n".join([*rows, translated(RULE, rule=self.rule), translated(LAW, law=self.law)])


def next_question(questions: Sequence[Question], rows: Sequence[Row], answers: Mapping[str, str]) -> Question | None:
    """What still has to be asked, with the options that lead on; None when one row is reached.

    Raises ValueError when no row has these answers.
    """
    left = _matching(rows, answers)
    if not left:
        raise ValueError("no rule for these answers")
    if not left[0].when.keys() - answers.keys():
        return None
    wanted = {key for row in left for key in row.when} - answers.keys()
    question = next(question for question in questions if question.key in wanted)
    options = {value: words for value, words in question.options.items() if _matching(left, {question.key: value})}
    return msgspec.structs.replace(question, options=options)


def advise(rows: Sequence[Row], answers: Mapping[str, str]) -> Advice:
    """The rule of a situation that was asked to its end."""
    row = _matching(rows, answers)[0]
    way = answers.get("way", "")
    money = {"money": "1031" if way == "cash" else "1081"}
    tags = {money.get(tag, tag): translated(value) for tag, value in row.tags.items()}
    due = which_deadlines.deadline(row.due, way)
    return Advice(
        rule=translated(row.rule),
        document=translated(row.document),
        tags=tags,
        due=translated(due),
        law=translated(row.law),
    )


def check_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> None:
    """Raises ValueError for a question or a value that does not exist."""
    known = {question.key: question for question in questions}
    for key, value in answers.items():
        if key not in known:
            raise ValueError(f"no question {key!r}, there are: {', '.join(known)}")
        if value not in known[key].options:
            raise ValueError(f"{key}={value!r} is not one of: {', '.join(known[key].options)}")


def _matching(rows: Sequence[Row], answers: Mapping[str, str]) -> list[Row]:
    return [
        row for row in rows if all(answers[key] in values.split() for key, values in row.when.items() if key in answers)
    ]
