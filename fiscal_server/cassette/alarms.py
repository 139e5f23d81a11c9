"""What a person should do about a cassette, early enough: codes for programs, sentences for people.

Pure: facts and forecast in, alarms out, the gravest first. Thresholds are data.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from accounting.receipts.wording import day_text, translated
from fiscal_server.cassette.forecast import CassetteFacts, CassetteForecast, FnForecast, SlotFacts

FN_ENDS_WITHIN: Final = timedelta(days=30)
FN_ENDS_AT_ONCE: Final = timedelta(days=5)
"""A new FN has to be bought, registered with the tax service and put in."""

OPERATOR_DAYS: Final = (3, 10, 20, 27)
"""Age in days of the oldest document that the operator lacks (receipt rules 8 [I])."""

OPERATOR_BLOCKS_DAYS: Final = 30
"""Then the FN makes no more documents (receipt rules 8 [M])."""


class Severity(IntEnum):
    """How soon somebody has to act."""

    NOTICE = 1  # this month
    WARNING = 2  # this week
    CRITICAL = 3  # now: receipts wait, or a rule is about to be broken


class AlarmCode(StrEnum):
    """What the matter is, in one word that programs may rely on."""

    ON_HOLD = "on_hold"  # the database is older than the FNs: nothing is made before they were read
    CASSETTE_EMPTY = "cassette_empty"  # no slot can make receipts
    NO_SPARE = "no_spare"  # the FN at work ends soon and nothing stands ready behind it
    FN_ENDS = "fn_ends"
    SLOT_STOPPED = "slot_stopped"
    SLOT_UNREACHABLE = "slot_unreachable"
    DEADLINES_MISSED = "deadlines_missed"
    DEADLINES_IN_DANGER = "deadlines_in_danger"
    RECEIPTS_PARKED = "receipts_parked"
    OPERATOR_BACKLOG = "operator_backlog"


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do; ``text`` and ``advice`` in the language of the call."""

    code: AlarmCode
    severity: Severity
    merchant_id: int
    cassette_id: int
    cassette: str
    kkt_id: int | None = None
    text: str
    advice: str


def alarms(facts: CassetteFacts, expected: CassetteForecast, now: datetime, zone: tzinfo) -> list[Alarm]:
    """``expected`` is the forecast of ``facts`` at ``now`` (aware)."""
    today = now.astimezone(zone).date()
    found = [
        *_of_service(facts, expected, today),
        *_of_deadlines(facts, expected, today),
        *(alarm for slot in facts.slots if (alarm := _of_operator(facts, slot, now))),
    ]
    return sorted(found, key=lambda alarm: -alarm.severity)


def _alarm(
    facts: CassetteFacts, code: AlarmCode, severity: Severity, text: str, advice: str, slot: int | None = None
) -> Alarm:
    return Alarm(
        code=code,
        severity=severity,
        merchant_id=facts.merchant_id,
        cassette_id=facts.cassette_id,
        cassette=facts.name,
        kkt_id=slot,
        text=text,
        advice=advice,
    )


def _of_service(facts: CassetteFacts, expected: CassetteForecast, today: date) -> Iterator[Alarm]:
    states = [slot.state for slot in facts.slots if slot.can_work]
    ends = {fn.kkt_id: fn for fn in expected.fns}
    if facts.on_hold:
        yield _alarm(
            facts,
            AlarmCode.ON_HOLD,
            Severity.CRITICAL,
            translated("Чеки не оформляются: учёт старше памяти ФН, ждёт чеков: {waiting}.", waiting=expected.waiting),
            translated(
                "Пусть биллинг пришлёт всё после копии ещё раз; шаги стоят в панели, в разделе «Резервные копии» "
                "(команда: fiscal-server verify --adopt)."
            ),
        )
    if not states:
        yield _alarm(
            facts,
            AlarmCode.CASSETTE_EMPTY,
            Severity.CRITICAL,
            translated("В кассете нет готовой кассы: чеки ждут, ждёт чеков: {waiting}.", waiting=expected.waiting),
            _remedy(facts),
        )
    for slot in facts.slots:
        if slot.state == "FAULTY":
            yield _alarm(
                facts,
                AlarmCode.SLOT_STOPPED,
                Severity.CRITICAL if "ACTIVE" not in states else Severity.WARNING,
                translated("Касса {fn} (место {slot}) остановлена.", fn=slot.fn_number, slot=slot.slot),
                translated(
                    "Причина записана у кассы. Устраните её и верните кассу в работу на её странице в панели; если "
                    "память больше не заработает, выведите кассу насовсем (команды: fiscal-server kkt "
                    "return-to-service, fiscal-server kkt take-out)."
                ),
                slot.kkt_id,
            )
        elif slot.unreachable_since is not None and slot.state != "CLOSED":
            yield _alarm(
                facts,
                AlarmCode.SLOT_UNREACHABLE,
                Severity.CRITICAL if "ACTIVE" not in states else Severity.WARNING,
                translated("Касса {fn} (место {slot}) не отвечает.", fn=slot.fn_number, slot=slot.slot),
                translated(
                    "Проверьте питание и кабель; как только она ответит, её память прочтут и работа продолжится."
                ),
                slot.kkt_id,
            )
        elif slot.state == "ACTIVE" and (end := ends.get(slot.kkt_id)):
            yield from _of_end(facts, end, today, spare="READY" in states)


def _remedy(facts: CassetteFacts) -> str:
    """What brings a cassette back in which no slot can work: the quickest way that there is."""
    if any(slot.paused for slot in facts.slots if slot.state == "READY"):
        return translated(
            "Кассу приостановил человек. Возобновите её работу на её странице в панели (команда: "
            "fiscal-server kkt resume)."
        )
    if any(slot.unreachable_since for slot in facts.slots if slot.state in ("ACTIVE", "READY")):
        return translated(
            "Включите и подключите кассу, которая не отвечает, или добавьте другую на странице кассеты в панели "
            "(команда: fiscal-server kkt add)."
        )
    if any(slot.state == "FAULTY" for slot in facts.slots):
        return translated(
            "Устраните причину и верните кассу в работу на её странице в панели или добавьте другую на странице "
            "кассеты (команды: fiscal-server kkt return-to-service, fiscal-server kkt add)."
        )
    return translated("Добавьте кассу на странице кассеты в панели (команда: fiscal-server kkt add).")


def _of_end(facts: CassetteFacts, end: FnForecast, today: date, *, spare: bool) -> Iterator[Alarm]:
    if end.ends_on is None or end.ends_on - today > FN_ENDS_WITHIN:
        return
    why = {
        "documents": translated("кончится память"),
        "days": translated("кончится срок ключа (предупреждение ФН за 3 дня [M])"),
    }[end.ends_by]
    at_once = end.ends_on - today <= FN_ENDS_AT_ONCE
    text = translated("У ФН {fn} {day} {why}.", fn=end.fn_number, day=day_text(end.ends_on), why=why)
    if spare:
        advice = translated("Следующая касса займёт его место сама; закажите ей замену.")
        yield _alarm(facts, AlarmCode.FN_ENDS, Severity.NOTICE, text, advice, end.kkt_id)
    else:
        severity = Severity.CRITICAL if at_once else Severity.WARNING
        advice = translated("Запасной кассы нет: купите ФН, зарегистрируйте кассу и добавьте её в кассету.")
        yield _alarm(facts, AlarmCode.NO_SPARE, severity, text, advice, end.kkt_id)


def _of_deadlines(facts: CassetteFacts, expected: CassetteForecast, today: date) -> Iterator[Alarm]:
    missed = sum(day.receipts for day in expected.deadlines if day.deadline < today)
    danger = [day for day in expected.deadlines if day.in_danger and day.deadline >= today]
    if missed:
        yield _alarm(
            facts,
            AlarmCode.DEADLINES_MISSED,
            Severity.CRITICAL,
            translated("Срок оформления прошёл у чеков: {receipts}.", receipts=missed),
            translated("Они идут первыми; посмотрите, что держит очередь: касса, отказ или связь."),
        )
    if danger:
        first = danger[0]
        yield _alarm(
            facts,
            AlarmCode.DEADLINES_IN_DANGER,
            Severity.WARNING,
            translated(
                "Не успеть к {day}: чеков больше, чем кассы сделают к сроку (под угрозой: {receipts}).",
                day=day_text(first.deadline),
                receipts=sum(day.receipts for day in danger),
            ),
            translated("Пусть работает больше касс сразу: добавьте кассы или увеличьте их число в кассете."),
        )
    if facts.parked:
        yield _alarm(
            facts,
            AlarmCode.RECEIPTS_PARKED,
            Severity.WARNING,
            translated("Касса отказала в чеках: {receipts}; они отложены и ждут человека.", receipts=facts.parked),
            translated("Прочтите слова кассы у чека; исправьте причину и повторите или отмените чек."),
        )


def _of_operator(facts: CassetteFacts, slot: SlotFacts, now: datetime) -> Alarm | None:
    if slot.unconfirmed_since is None or slot.state == "CLOSED":  # nobody can hand over what was taken out
        return None
    days = (now - slot.unconfirmed_since).days
    if days < OPERATOR_DAYS[0]:
        return None
    severity = Severity.CRITICAL if days >= OPERATOR_DAYS[2] else Severity.WARNING
    text = translated(
        "Оператор (ОФД) не подтверждает документы ФН {fn} уже {days} сут.; не передано: {backlog}.",
        fn=slot.fn_number,
        days=days,
        backlog=slot.backlog,
    )
    advice = translated(
        "Проверьте связь и договор с оператором: через {left} сут. ФН перестанет делать чеки (30 сут. [M]).",
        left=max(0, OPERATOR_BLOCKS_DAYS - days),
    )
    return _alarm(facts, AlarmCode.OPERATOR_BACKLOG, severity, text, advice, slot.kkt_id)
