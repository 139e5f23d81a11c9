"""What a client reads: one letter of everything it pays on a day, in the language of whoever gets it.

The text is made once, when the bill is told, and kept as it was said; a repeat says the same, with a link of its own.
"""

from datetime import date
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import msgspec

from accounting.office.notices import BillLine, needs_answer, total_kopecks
from accounting.office.obligation_words import name_of_planned
from accounting.receipts.wording import in_language
from admin.formatters import format_day, format_kopecks, format_period
from admin.storage.office.notices import Intent, Recipient, Said, Told
from admin.texts import say

CURRENCIES: Final = {"RU": "₽", "PL": "zł", "BR": "R$"}
TEMPLATE_VERSION: Final = 1
"""Of the wording below: kept with every bill, so that it is known which wording was confirmed."""
LINK_PLACE: Final = "[link]"
"""Where the text of a bill has its link; each letter has another one."""


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient is told, frozen."""

    organisation: str
    recipient: str
    language: str
    currency: str
    due: date
    lines: tuple[BillLine, ...]
    total_kopecks: int
    subject: str
    text: str
    template_version: int = TEMPLATE_VERSION

    def said(self) -> Said:
        """As it is kept."""
        kept: Said = msgspec.to_builtins(self)
        return kept


def read_bill(said: Said) -> Bill:
    """A bill as it was kept."""
    return msgspec.convert(said, Bill)


def money(kopecks: int, country: str) -> str:
    """In the currency of a country: «36 400,00 ₽»."""
    return format_kopecks(kopecks, CURRENCIES.get(country, ""))


def write_bill(organisation: Told, recipient: Recipient, due: date, lines: tuple[BillLine, ...]) -> Bill:
    """The bill of a day for one recipient, in their language."""
    with in_language(recipient.language):
        return Bill(
            organisation=organisation.short_name,
            recipient=recipient.name,
            language=recipient.language,
            currency=CURRENCIES.get(organisation.country, ""),
            due=due,
            lines=lines,
            total_kopecks=total_kopecks(lines),
            subject=_subject(organisation, due, lines),
            text=_text(organisation, recipient, due, lines),
        )


def call_title(said: Said) -> str:
    """Of the case to call about a bill, beside the client's name: in our language, whatever that of the letter is."""
    bill = read_bill(said)
    total = format_kopecks(bill.total_kopecks, bill.currency)
    return say("Позвонить: налоги до {day}, {sum}", day=format_day(bill.due), sum=total)


def _subject(organisation: Told, due: date, lines: tuple[BillLine, ...]) -> str:
    values = {"organisation": organisation.short_name, "day": format_day(due)}
    if not needs_answer(lines):
        return say("{organisation}: до {day} налогов к уплате нет", **values)
    total = money(total_kopecks(lines), organisation.country)
    return say("{organisation}: налоги до {day}, {sum}", **values, sum=total)


def _text(organisation: Told, recipient: Recipient, due: date, lines: tuple[BillLine, ...]) -> str:
    country = organisation.country
    parts = [say("Здравствуйте, {name}!", name=recipient.name), ""]
    if needs_answer(lines):
        total = money(total_kopecks(lines), country)
        parts.append(say("До {day} нужно заплатить {sum}.", day=format_day(due), sum=total))
    else:
        parts.append(say("До {day} платить ничего не нужно.", day=format_day(due)))
    for line in lines:
        parts += ["", *_line(line, country)]
    if needs_answer(lines):
        parts += [
            "",
            say("Подтвердите, пожалуйста, что вы это прочитали: откройте страницу и нажмите на ней кнопку."),
            LINK_PLACE,
            "",
            say("Пока подтверждения нет, это письмо приходит каждый рабочий день до срока."),
        ]
    return "\n".join(parts) + "\n"


def _line(line: BillLine, country: str) -> list[str]:
    period = format_period(line.period)
    name = name_of_planned(line.code, line.name)
    said = [f"• {name} ({period}): {money(line.amount_kopecks, country)}"]
    if line.budget_code:
        said.append("  " + say("КБК: {code}", code=line.budget_code))
    if line.purpose:
        said.append("  " + say("Назначение платежа: {text}", text=line.purpose))
    if line.explanation:
        said += ["  " + row for row in line.explanation.splitlines()]
    return said


def write_letter(bill: Bill, intent: Intent, sender: str, link: str) -> EmailMessage:
    """The mail of one attempt; a repeat says that it is one."""
    with in_language(bill.language):
        subject = say("Напоминаем: {subject}", subject=bill.subject) if intent.repeat else bill.subject
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, intent.address, one_line(subject)
    message["Date"] = format_datetime(intent.begun_at)
    message["Message-ID"] = intent.message_id
    message["Auto-Submitted"] = "auto-generated"  # out-of-office answers do not answer it (RFC 3834)
    message.set_content(bill.text.replace(LINK_PLACE, link))
    return message


def one_line(text: str) -> str:
    """A head of a mail has no line breaks, whatever a client is called."""
    return " ".join(text.split())
