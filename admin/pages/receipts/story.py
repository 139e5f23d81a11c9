"""What happened to a receipt, step by step in the order of time, and why it stands where it stands."""

from datetime import datetime
from typing import Final

import msgspec

from admin import words
from admin.formatters import format_count, format_day, format_device_time, format_fn
from admin.texts import say
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.events import EventView
from fiscal_server.storage.receipt_cards import DeviceOfFn, WaitingReceipt
from fiscal_server.storage.receipt_orders import ReceiptOrderRow
from fiscal_server.storage.receipts import ReceiptView

EVENTS: Final = {
    "charge": "Начисление",
    "period_close": "Закрытие месяца",
    "payment": "Платёж",
    "payment_reversal": "Платёж отменён банком",
    "payment_identification": "Плательщик найден",
    "counter_offset": "Взаимозачёт",
    "recalculation": "Перерасчёт",
    "advance_refund": "Возврат переплаты",
    "service_refund": "Возврат денег за услугу",
    "advance_transfer": "Перенос переплаты на другой счёт",
    "advance_set_off": "Зачёт переплаты",
    "debt_write_off": "Списание долга",
    "advance_write_off": "Списание переплаты",
    "receipt_correction": "Исправление чека",
    "restoration": "Восстановление чеков",
}
FOREIGN_EVENT: Final = "Готовый чек другой системы"

_ORDERS: Final = {
    "retry": "Человек вернул чек в очередь",
    "cancel": "Человек отменил чек",
    "settle_made": "Человек подтвердил: чек оформлен",
    "settle_not_made": "Человек подтвердил: чек не оформлен",
}

_S = ReceiptState
WHY_STATE: Final[dict[ReceiptState, str]] = {
    _S.COMPUTED: "У организации ещё нет кассеты. Как только появится память кассы, чек встанет в очередь сам.",
    _S.QUEUED: "Очередь идёт по сроку, при равном сроке по времени поступления. Чеки одного лицевого счёта не обгоняют "
    "друг друга: следующий ждёт, пока оформят предыдущий.",
    _S.REGISTERING: "Команда ушла в память кассы, ответ ожидается. Номер будущего документа записан заранее, поэтому "
    "второй такой чек не появится, даже если связь оборвётся.",
    _S.UNCERTAIN: "Ответ кассы потерян. Сначала читаем последний документ её памяти: если чек там есть, он оформлен, "
    "если нет, возвращается в очередь. Вслепую он не повторяется.",
    _S.REFUSED: "Касса отвергла документ. Сам он больше не пойдёт: человек исправляет причину и возвращает его в "
    "очередь или отменяет.",
    _S.CANCELLED: "Чек отозван до оформления: в памяти кассы его нет и не будет.",
    _S.REGISTERED: "Документ записан в память кассы: у него есть номер и подпись. Ждём подтверждения оператора, на это "
    "по закону есть 30 дней.",
    _S.OFD_ACKED: "Оператор подтвердил получение. В налоговую документ передаёт он.",
}
WHY_NOT_TAKEN: Final = (
    "Оператор ответил отказом с кодом {code}. Документ в памяти кассы есть, но он не принят: нужен разбор."
)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; texts are said already. ``at`` None: it is to come."""

    at: datetime | None
    title: str
    official: str = ""
    details: tuple[str, ...] = ()
    tone: words.Tone = "quiet"


def story_of(
    view: ReceiptView,
    event: EventView | None,
    waiting: WaitingReceipt | None,
    device: DeviceOfFn | None,
    orders: list[ReceiptOrderRow],
) -> list[Step]:
    """Oldest first; what is still to come stands last."""
    steps = [_came(event)] if event is not None else []
    steps.append(Step(at=view.created_at, title=say("Чек рассчитан"), details=_deadline(view)))
    steps += [_ordered(one) for one in orders]
    if waiting is not None:
        steps += _waits(waiting)
    if view.fd_number is not None:
        steps.append(_registered(view, device))
    if view.acked_at is not None:
        steps.append(_answered(view))
    elif view.fd_number is not None:
        steps.append(Step(at=None, title=say("Ждём подтверждения оператора"), official=say("ОФД"), tone="busy"))
    return sorted(steps, key=lambda step: (step.at is None, step.at or view.created_at))


def _came(event: EventView) -> Step:
    details = [say("ключ {key}", key=event.key)]
    if event.batch_id is not None:
        details.append(say("пакет {batch}", batch=event.batch_id))
    return Step(at=event.received_at, title=say(EVENTS.get(event.type, FOREIGN_EVENT)), details=tuple(details))


def _deadline(view: ReceiptView) -> tuple[str, ...]:
    if view.deadline is None:
        return (say("оформить сразу, в момент расчёта"),)
    return (say("оформить не позже {day}", day=format_day(view.deadline)),)


def _waits(waiting: WaitingReceipt) -> list[Step]:
    steps = []
    if waiting.intended_at is not None and waiting.expected_fd is not None:
        place = say("память {fn}, будущий № {fd}", fn=format_fn(waiting.fn_number or ""), fd=waiting.expected_fd)
        steps.append(
            Step(at=waiting.intended_at, title=say("Намерение записано"), details=(place,), tone="busy",
                 official=say("номер будущего документа известен до команды кассе"))
        )  # fmt: skip
    wording = words.RECEIPT_STATES[ReceiptState(waiting.state)]
    details = []
    if waiting.error is not None:
        trouble = words.trouble(waiting.error)
        details.append(say(trouble.word))
        if trouble.official:
            details.append(trouble.official)
    if waiting.attempts:
        details.append(say("попыток: {count}", count=format_count(waiting.attempts)))
    title = say(wording.word)
    steps.append(
        Step(at=waiting.updated_at, title=title[:1].upper() + title[1:], official=say(wording.official),
             details=tuple(details), tone=wording.tone)
    )  # fmt: skip
    return steps


def _registered(view: ReceiptView, device: DeviceOfFn | None) -> Step:
    details = [say("память {fn}, № {fd}", fn=format_fn(view.fn_number or ""), fd=view.fd_number)]
    if view.fiscal_sign is not None:
        details.append(say("подпись {sign}", sign=f"{view.fiscal_sign:010d}"))
    if view.issued_at is not None:
        details.append(say("часы кассы: {time}", time=format_device_time(view.issued_at)))
    if view.shift_number is not None:
        details.append(say("рабочий день № {shift}", shift=view.shift_number))
    if device is not None:
        details.append(say("кассета «{cassette}», место {slot}", cassette=device.cassette, slot=device.slot))
    official = say("номер ФД (1040), фискальный признак (1077), ФН (1041)")
    return Step(at=view.recorded_at, title=say("Чек оформлен"), official=official, details=tuple(details), tone="good")


def _answered(view: ReceiptView) -> Step:
    if view.ofd_code:
        wording = words.NOT_TAKEN
        return Step(at=view.acked_at, title=say("Оператор не принял"), official=say(wording.official), tone="bad",
                    details=(say("код {code}", code=view.ofd_code),))  # fmt: skip
    return Step(at=view.acked_at, title=say("Оператор подтвердил"), official=say("подтверждение ОФД"), tone="good")


def _ordered(order: ReceiptOrderRow) -> Step:
    details = [say("кто: {who}", who=order.asked_by), say("почему: {reason}", reason=order.reason)]
    if order.fd_number is not None:
        details.append(say("по бумаге: № {fd}", fd=order.fd_number))
    return Step(
        at=order.created_at, title=say(_ORDERS.get(order.kind, order.kind)), details=tuple(details), tone="warn"
    )


def why_state(view: ReceiptView) -> str:
    """In a sentence or two, said already."""
    if view.ofd_code:
        return say(WHY_NOT_TAKEN, code=view.ofd_code)
    return say(WHY_STATE[view.state])
