"""Which law a receipt rests on, and when it is due: the end of an explanation (``explain``)."""

from collections.abc import Iterator

from msgspec import UNSET

from accounting.receipts.codes import FfdVersion, SettlementMethod, SettlementSign, SubjectType
from accounting.receipts.corrections.events import DayTotalRestoration
from accounting.receipts.events import AdvanceRefund, Payment, PeriodClose, ServiceRefund
from accounting.receipts.explanation import rule_texts as rules
from accounting.receipts.explanation.scene import Role, Scene
from accounting.receipts.model import ReceiptLine
from accounting.receipts.wording import day_text, translated, unknown_year
from accounting.working_days import BusinessCalendar


def laws(scene: Scene) -> Iterator[str]:
    """The laws, each once."""
    yield from (translated(rules.LAWS[name]) for name in dict.fromkeys(_names(scene)))


def _names(scene: Scene) -> Iterator[str | int]:
    computed = scene.computed
    receipt = computed.receipt
    yield "settlement"
    if computed.consolidated is not None:
        yield "consolidated"
    for line in receipt.lines:
        yield from _of_line(line)
    if receipt.tenders.prepaid:
        yield "offset"
    if receipt.tenders.provision:
        yield "counter"
    if receipt.sign is SettlementSign.INCOME_RETURN and scene.role is Role.ORDINARY:
        yield "return"
    if scene.role in (Role.REVERSING, Role.RIGHT):
        yield "storno_1_05" if scene.rules.ffd is FfdVersion.FFD_1_05 else "storno"
    elif scene.role.corrects():
        yield "correction"
    if isinstance(scene.event, DayTotalRestoration):
        yield "day_total"


def _of_line(line: ReceiptLine) -> Iterator[str | int]:
    is_penalty = line.subject is SubjectType.PAYMENT and line.method is SettlementMethod.FULL_SETTLEMENT
    if is_penalty:
        yield "penalty"
    elif line.method is not None:
        yield int(line.method)
    if line.agent is not None:
        yield "agent"


def due(scene: Scene) -> Iterator[str]:
    """When the receipt must be there (receipt rules 3.2)."""
    computed = scene.computed
    if scene.role.corrects():
        yield translated(rules.DUE["correction"])
    elif computed.deadline is None:
        yield translated(rules.DUE["online" if _is_online(scene) else "at_desk"])
    else:
        rule, year = _rule(scene), computed.deadline.year
        text = translated(rules.DUE[rule], day=day_text(computed.deadline))
        by_calendar = rule != "consolidated"
        is_known = not by_calendar or BusinessCalendar(scene.rules.calendar).is_known(year)
        yield text if is_known else f"{text} {unknown_year(year)}"


def _is_online(scene: Scene) -> bool:
    """A card on the site and nothing at the desk."""
    event = scene.event
    return isinstance(event, Payment) and event.tenders.card_online_kopecks is not UNSET and not event.tenders.at_desk()


def _rule(scene: Scene) -> str:
    if scene.computed.consolidated is not None:
        return "consolidated"
    if isinstance(scene.event, Payment):
        return "transfer"
    if isinstance(scene.event, AdvanceRefund | ServiceRefund):
        return "refund"
    return "close" if isinstance(scene.event, PeriodClose) else "act"
