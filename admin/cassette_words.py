"""What people read about cassettes: orders and what comes of them, and why an alarm rings or a forecast is as it is."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from admin import words
from admin.formatters import format_count, format_day
from admin.texts import say
from fiscal_server.cassette.alarms import FN_ENDS_AT_ONCE, FN_ENDS_WITHIN, OPERATOR_BLOCKS_DAYS, AlarmCode
from fiscal_server.cassette.forecast import SECONDS_A_RECEIPT, CassetteForecast, FnForecast
from fiscal_server.storage.cassette_cards import SlotCard
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.requests import OrderKind, OrderRow
from kkt_drivers.kkt import FnWarning

EMULATED: Final = (
    "Эмулятор. Документы этой памяти нигде не зарегистрированы, в налоговую не попадают и чеками по закону не "
    "являются (54-ФЗ)."
)

PHASES: Final = {
    "being set up at the factory": "не настроена",
    "ready for registration": "готова к регистрации",
    "fiscal mode": "в работе",
    "closed, still sending": "закрыта, досылает документы",
    "archive only": "закрыта",
}
"""Of the life of a memory that was found, as a node tells it (kkt_drivers.fn.words)."""

UNHEARD_AFTER: Final = timedelta(seconds=30)
"""An order that nobody has answered for so long: the process that holds the register may not be running."""


class OrderWords(msgspec.Struct, frozen=True):
    """An order as its page words it; ``refused`` is why it is refused as a rule. All are msgids."""

    title: str
    what_happens: str
    refused: str
    is_final: bool = False
    """What it does cannot be undone."""


_K = OrderKind
ORDERS: Final[dict[OrderKind, OrderWords]] = {
    _K.PAUSE: OrderWords(
        "Приостановить",
        "Касса допечатает то, что у неё в руках, и перестанет брать чеки, пока её работу не возобновят. Если есть "
        "запасная, она вступит сразу; если нет, чеки подождут.",
        "Касса уже опустошается: чеков она больше не берёт.",
    ),
    _K.RESUME: OrderWords(
        "Возобновить",
        "Касса снова станет в очередь: заработает сама, когда в кассете освободится место.",
        "Касса остановлена: сначала верните её в работу.",
    ),
    _K.CLOSE_SHIFT: OrderWords(
        "Закрыть рабочий день",
        "Касса напечатает отчёт о закрытии смены. Следующий чек откроет новую: документов в памяти станет на два "
        "больше.",
        "Касса остановлена: сначала верните её в работу.",
    ),
    _K.ROTATE: OrderWords(
        "Сменить память сейчас",
        "Эта память больше не возьмёт ни одного чека: она дошлёт остаток оператору, закроет рабочий день, и архив её "
        "будет закрыт, если так велят правила кассеты. Чеки пойдут в следующую запасную.",
        "Уступить место может только работающая касса, и только готовой запасной: добавьте кассу или верните в работу "
        "остановленную.",
        is_final=True,
    ),
    _K.RETURN_TO_SERVICE: OrderWords(
        "Вернуть в работу",
        "Номер памяти, её последний документ и рабочий день сверят с учётом. Сойдутся, и касса снова станет запасной; "
        "не сойдутся, останется стоять и скажет почему. Если она стояла из-за итогов смены, вы принимаете разницу.",
        "Память и учёт всё ещё расходятся.",
    ),
    _K.TAKE_OUT: OrderWords(
        "Вывести насовсем",
        "Для памяти, которая сломалась и больше не заработает. Кассу не спросят: её место закроется, тревога замолчит, "
        "и в эту же кассу можно будет поставить новую память. Документы, которых оператор не получил, так и останутся "
        "непереданными: они показаны у кассы, и что с ними делать, спросите в налоговой.",
        "Сначала выясните вручную каждый чек, который касса держит в руках; а кассу, которая отвечает, меняют "
        "распоряжением «Сменить память сейчас».",
        is_final=True,
    ),
    _K.READ_REGISTRATION: OrderWords(
        "Прочесть регистрацию",
        "Касса скажет, с какими данными она зарегистрирована. Ничего не изменится.",
        "Касса остановлена: сначала верните её в работу.",
    ),
    _K.RE_REGISTER: OrderWords(
        "Изменить данные регистрации",
        "Касса закроет рабочий день и напечатает отчёт об изменении параметров регистрации. Чеки тем временем берёт "
        "запасная, а если её нет, они подождут.",
        "Новые данные не сходятся с названными причинами, или память больше не принимает отчётов о регистрации.",
        is_final=True,
    ),
}


def orders_for(slot: SlotCard) -> list[OrderKind]:
    """What makes sense where the slot stands."""
    found = []
    if slot.state == "FAULTY":
        return [_K.RETURN_TO_SERVICE, _K.TAKE_OUT]
    if slot.state in ("ACTIVE", "READY"):
        found.append(_K.PAUSE if slot.paused_since is None else _K.RESUME)
        found.append(_K.READ_REGISTRATION)
    if slot.state != "CLOSED" and slot.shift_opened_at is not None:
        found.append(_K.CLOSE_SHIFT)
    if slot.state == "ACTIVE":
        found.append(_K.ROTATE)
    if slot.state != "CLOSED" and slot.unreachable_since is not None:
        found.append(_K.TAKE_OUT)
    return found


class Answered(msgspec.Struct, frozen=True):
    """What came of an order, said already; ``official``: the dispatcher's own words."""

    word: str
    tone: words.Tone
    official: str = ""

    @property
    def is_awaited(self) -> bool:
        """Whether an answer is still to come."""
        return self.tone == "busy"


def answer_of(order: OrderRow, now: datetime) -> Answered:
    """In the reader's language."""
    if order.finished_at is None:
        if now - order.created_at > UNHEARD_AFTER:
            return Answered(
                say("ответа всё нет: проверьте, работает ли диспетчер (fiscal-server run или dispatch)"), "busy"
            )
        return Answered(say("ждём ответа кассы"), "busy")
    return told_answer(order.answer or {}, order.kind)


def told_answer(answer: dict[str, Any], kind: str = "") -> Answered:
    """The answer of a device, whatever was asked of it."""
    if "failed" in answer:
        return Answered(say("касса не смогла: попробуйте ещё раз, когда она ответит"), "bad", str(answer["failed"]))
    if "refused" in answer:
        official = str(answer["refused"])
        trouble = words.trouble(official)
        known = trouble.word != official
        reason = say(trouble.word) if known else say(_refused_as_a_rule(kind))
        return Answered(say("отказано: {reason}", reason=reason), "warn", trouble.official if known else official)
    return Answered(_done(answer.get("done", {})), "good")


def _refused_as_a_rule(kind: str) -> str:
    return ORDERS[OrderKind(kind)].refused if kind in ORDERS else "распоряжение не подходит к состоянию кассы"


def _done(done: dict[str, Any]) -> str:
    match done:
        case {"at_its_end": _}:
            return say("сделано: память у своего конца, она досылает остаток и закроется")
        case {"paused": bool(paused)}:
            return say("сделано: приостановлена") if paused else say("сделано: работа возобновлена")
        case {"shift_number": int(number), "last_fd": int(last)}:
            return say("сделано: рабочий день № {number} закрыт, последний документ № {last}", number=number, last=last)
        case {"re_registered": {"fd_number": int(number), "fiscal_sign": int(sign)}}:
            return say("сделано: данные регистрации изменены, документ № {number}, ФП {sign}", number=number, sign=sign)
        case {"registered": {"parameters": {"user_name": str(name), "place": str(place), "ofd_name": str(operator)}}}:
            return say(
                "зарегистрирована: {name}, {place}, оператор {operator}", name=name, place=place, operator=operator
            )
        case {"state": "CLOSED", "unconfirmed": int(lacking)} if lacking:
            return say(
                "сделано: касса закрыта, документов без подтверждения оператора осталось: {count}. Что с ними делать, "
                "спросите в налоговой",
                count=format_count(lacking),
            )
        case {"state": str(state)} if state in words.SLOT_STATES:
            return say("сделано: теперь касса {state}", state=say(words.SLOT_STATES[state].word))
    return say("сделано")


_FLAGS: Final[dict[FnWarning, str]] = {
    FnWarning.CRITICAL: "память неисправна: критическая ошибка ФН",
    FnWarning.URGENT_REPLACEMENT: "замените память сейчас: её ключам осталось 3 дня или меньше",
    FnWarning.RESOURCE: "закажите новую память: её ключам осталось 30 дней или меньше",
    FnWarning.ARCHIVE_FULL: "память заполнена на 90 %",
    FnWarning.OFD_TIMEOUT: "оператор слишком долго не подтверждает документы",
}


def flags_of(slot: SlotCard) -> list[str]:
    """Warnings that the FN gives itself, the gravest first."""
    told = [say(text) for flag, text in _FLAGS.items() if slot.warnings & flag]
    unknown = slot.warnings & ~int(FnWarning(sum(_FLAGS)))
    return [*told, say("неизвестный флаг {flag}", flag=f"{unknown:02X}h")] if unknown else told


_A = AlarmCode
_WHY_ALARMS: Final[dict[AlarmCode, str]] = {
    _A.ON_HOLD: "База восстановлена из копии и может не знать последних документов памяти. Пока их не прочли, новый "
    "чек мог бы повторить уже сделанный, поэтому чеки ждут.",
    _A.CASSETTE_EMPTY: "Звонит, когда ни одна касса кассеты не работает и ни одна запасная не готова. Чеки не "
    "теряются: они ждут в очереди, а их сроки идут.",
    _A.NO_SPARE: "Звонит за {within} дней до того, как память кончится, если за ней никто не стоит; за {at_once} дней "
    "становится срочной. Столько нужно, чтобы купить и зарегистрировать новую.",
    _A.FN_ENDS: "Звонит за {within} дней до конца памяти. Запасная стоит наготове, поэтому это только напоминание.",
    _A.SLOT_STOPPED: "Касса остановлена, потому что ответила не так, как должна по учёту. Гадать сервер не станет: "
    "причина записана, дальше решает человек.",
    _A.SLOT_UNREACHABLE: "Касса не ответила дольше, чем позволяет правило кассеты ({unreachable} с). Её чек выяснят, "
    "когда она ответит: вслепую он не повторяется.",
    _A.DEADLINES_MISSED: "У этих чеков срок оформления уже прошёл, а документа ещё нет. Сроки считаются по правилам "
    "организации, «почему?» есть у каждого чека.",
    _A.DEADLINES_IN_DANGER: "Очередь идёт по срокам. Чеки каждого дня ждут всех предыдущих; при нынешней скорости "
    "последний из них будет сделан позже конца своего дня.",
    _A.RECEIPTS_PARKED: "Чек, в котором память отказала столько раз, сколько позволяет правило кассеты ({refusals}), "
    "откладывается со словами кассы, чтобы остальные шли дальше.",
    _A.OPERATOR_BACKLOG: "Считается возраст самого старого документа, который оператор не подтвердил. Напоминания на "
    "3, 10, 20 и 27 день; на {blocks} день память перестаёт делать чеки.",
}


def why_alarm(code: AlarmCode, rules: CassetteRules) -> str:
    """The rule by which an alarm rings."""
    return say(
        _WHY_ALARMS[code],
        within=FN_ENDS_WITHIN.days,
        at_once=FN_ENDS_AT_ONCE.days,
        unreachable=f"{rules.unreachable_s:g}",
        refusals=rules.refusals,
        blocks=OPERATOR_BLOCKS_DAYS,
    )


def end_of(fn: FnForecast | None) -> str:
    """When an FN ends, in a few words."""
    if fn is None:
        return ""
    if fn.ends_on is not None:
        return say("до {day}", day=format_day(fn.ends_on))
    return say("ещё неизвестно") if fn.ends_by == "unknown" else say("больше года")


def why_end(fn: FnForecast, expected: CassetteForecast, rules: CassetteRules) -> str:
    """The rule of the forecast for one FN."""
    match fn.ends_by:
        case "documents":
            text = say(
                "Раньше кончится память: каждый день вычитается спрос того же числа прошлых месяцев и два отчёта о "
                "смене, а {reserved} документа остаются для закрытия.",
                reserved=format_count(rules.documents_reserved),
            )
        case "days":
            text = say(
                "Раньше кончится срок ключей: память уступает за {days} дня до его конца, чтобы успеть дослать и "
                "закрыться.",
                days=rules.days_reserved,
            )
        case "later":
            text = say("При спросе прошлых месяцев памяти и срока хватает больше чем на 400 дней.")
        case _:
            text = say("Касса ещё не сказала, сколько места и какой срок у её памяти: её ни разу не спрашивали.")
    history = say("Дней истории: {days}.", days=expected.days_of_history)
    return f"{text} {history}"


def why_queue(expected: CassetteForecast) -> str:
    """The rule by which the end of the queue is foreseen."""
    return say(
        "Скорость измерена по последним документам каждой работающей кассы; пока их мало, считается {seconds} с на "
        "чек. В час получается {pace}.",
        seconds=f"{SECONDS_A_RECEIPT:g}",
        pace=format_count(expected.receipts_an_hour),
    )


def days_words(slot: SlotCard, today: date) -> str:
    """How long the term still runs."""
    if slot.valid_until is None:
        return say("ещё неизвестно")
    left = (slot.valid_until - today).days
    if left < 0:
        return say("кончился {day}", day=format_day(slot.valid_until))
    return say("осталось дней: {days}, до {day}", days=format_count(left), day=format_day(slot.valid_until))
