"""What people read instead of fiscal terms; the official term stays one hover away, the tax office will use it."""

from typing import Final, Literal

import msgspec

from accounting.receipts.codes import SettlementMethod, SettlementSign
from accounting.receipts.model import Receipt
from admin.texts import say
from fiscal_server import troubles
from fiscal_server.cassette.alarms import Severity
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.troubles import Trouble

Tone = Literal["good", "busy", "wait", "warn", "bad", "quiet"]
"""How loud a word is on the page; a word is never told by its colour alone."""

CORRECTION_FORM = 31
EMULATED_PREFIX = "9999"
"""FNs of manufacturers never begin so: emulators and test FNs do."""

_PREPAYMENTS = {SettlementMethod.FULL_PREPAYMENT, SettlementMethod.PREPAYMENT, SettlementMethod.ADVANCE}


class Wording(msgspec.Struct, frozen=True):
    """A word, its official term, and its tone."""

    word: str
    official: str
    tone: Tone = "quiet"


S = ReceiptState

RECEIPT_STATES: Final[dict[ReceiptState, Wording]] = {
    S.COMPUTED: Wording("ждёт кассу", "чек рассчитан, у организации ещё нет кассеты", "wait"),
    S.QUEUED: Wording("в очереди", "чек рассчитан и ждёт свободного ФН", "wait"),
    S.REGISTERING: Wording("оформляется", "команда передана в ФН, ответа ещё нет", "busy"),
    S.UNCERTAIN: Wording("выясняем у кассы", "ответ ФН потерян: сначала читаем его память", "warn"),
    S.REFUSED: Wording("касса отказала", "ФН отверг документ; чек не оформлен", "bad"),
    S.CANCELLED: Wording("отменён", "чек отозван до оформления", "quiet"),
    S.REGISTERED: Wording("оформлен", "есть номер ФД и фискальный признак; оператор ещё не подтвердил", "busy"),
    S.OFD_ACKED: Wording("у оператора", "оператор (ОФД) подтвердил получение; в налоговую передаёт он", "good"),
}

ALARM_TONES: Final[dict[Severity, Tone]] = {
    Severity.NOTICE: "quiet",
    Severity.WARNING: "warn",
    Severity.CRITICAL: "bad",
}
SEVERITIES: Final[dict[Severity, str]] = {
    Severity.NOTICE: "в этом месяце",
    Severity.WARNING: "на этой неделе",
    Severity.CRITICAL: "сейчас",
}

DEEDS: Final[dict[str, str]] = {
    "person.first": "завёл панель",
    "person.signed_in": "вошёл",
    "person.invited": "пригласил",
    "person.changed": "изменил права",
    "person.link_made": "выдал ссылку для пароля",
    "password.chosen": "выбрал пароль",
    "password.changed": "сменил пароль",
    "second_factor.set": "включил второй шаг входа",
    "second_factor.removed": "отключил второй шаг входа",
    "view.saved": "сохранил список",
    "view.changed": "изменил сохранённый список",
    "view.deleted": "удалил сохранённый список",
    "bulk.begun": "начал дело со многими строками",
    "bulk.ended": "сделал со многими строками",
    "bulk.resumed": "продолжил дело со многими строками",
    "bulk.stopped": "остановил дело со многими строками",
    "glass.broken": "открыл аварийный доступ",
    "glass.given_back": "закончил аварийный доступ",
    "kkt.ordered": "распорядился кассой",
    "kkt.added": "добавил кассу",
    "kkt.registration_changed": "изменил данные регистрации кассы",
    "devices.looked_for": "искал подключённые кассы",
    "receipt.ordered": "распорядился чеком",
    "cassette.changed": "изменил правила кассеты",
    "key.created": "выпустил ключ API",
    "key.rotated": "сменил ключ API",
    "key.revoked": "отозвал ключ API",
    "merchant.changed": "изменил настройки организации",
    "webhook.created": "завёл уведомления",
    "webhook.changed": "изменил уведомления",
    "webhook.deleted": "удалил уведомления",
    "webhook.rotated": "сменил секрет уведомлений",
    "policy.changed": "изменил правило чеков",
    "close.begun": "закрывает месяц",
    "close.stopped": "остановил закрытие месяца",
    "close.resumed": "продолжил закрытие месяца",
    "corrections.ordered": "исправил чек",
    "corrections.restored": "восстановил чек",
    "corrections.cancelled": "отменил заказ",
    "corrections.job": "начал восстановление списком",
    "corrections.job_stopped": "остановил восстановление",
    "corrections.job_resumed": "продолжил восстановление",
    "money.import": "провёл файл",
    "money.batch": "провёл пакет",
    "money.identified": "назвал плательщиков загрузки",
    "client.added": "завёл клиента",
    "client.profile_changed": "изменил систему налогообложения клиента",
    "client.status_changed": "изменил состояние клиента",
    "client.assigned": "закрепил клиента",
    "client.unassigned": "снял с клиента",
    "client.contact_added": "добавил контакт клиента",
    "client.contact_left": "убрал контакт клиента",
    "client.merchant_linked": "связал клиента с организацией сервера",
    "client.merchant_unlinked": "отвязал клиента от организации сервера",
    "deadlines.planned": "пересчитал сроки клиентов",
    "deadline.marked": "отметил срок клиента",
    "task.done": "сделал задачу",
    "calendar.confirmed": "проверил правило сроков",
    "calendar.date_set": "записал дату ведомства",
    "client.event_added": "записал событие клиента",
    "absence.added": "записал замещение",
    "absence.withdrawn": "отменил замещение",
    "slip.added": "записал сумму клиенту",
    "slip.imported": "загрузил платёжки из файла",
    "slip.import_undone": "отменил загрузку платёжек",
    "slip.corrected": "исправил сумму клиенту",
    "slip.published": "сообщил клиенту, сколько платить",
    "slip.paid": "отметил оплату клиента",
    "slip.cancelled": "отозвал платёжку",
    "notice.sent_by_hand": "отправил письмо клиенту",
    "notice.resolved": "сказал, что стало с письмом",
    "notice.confirmed": "подтвердил, что прочитал о платеже",
    "handbook.added": "завёл справочник",
    "handbook.changed": "изменил справочник",
    "handbook.written": "написал в справочник",
    "handbook.file_added": "приложил файл к справочнику",
    "handbook.file_removed": "убрал файл из справочника",
    "lead.added": "записал будущего клиента",
    "lead.changed": "записал сведения о будущем клиенте",
    "lead.moved": "вёл будущего клиента",
    "lead.converted": "сделал будущего клиента клиентом",
    "lead.imported": "загрузил будущих клиентов из файла",
    "lead.import_undone": "отменил загрузку будущих клиентов",
    "client.changed": "изменил карточку клиента",
    "service.added": "добавил услугу",
    "service.changed": "изменил услугу",
    "tariff.written": "записал тариф",
    "tariff.activated": "ввёл тариф в действие",
    "price.saved": "посчитал цену",
    "contract.added": "завёл договор",
    "contract.changed": "изменил договор",
    "contract.moved": "вёл договор",
    "contract.line_added": "добавил услугу в договор",
    "contract.line_changed": "изменил цену услуги в договоре",
    "contract.line_dropped": "убрал услугу из договора",
    "contract.original_back": "получил оригинал договора",
    "contract.renewed": "подготовил продление договора",
    "contract.file_added": "добавил файл договора",
    "contract.file_gone": "убрал файл договора",
    "numbers.changed": "изменил правило номеров договоров",
    "numbers.skipped": "пропустил номера договоров",
    "annex.added": "завёл дополнительное соглашение",
    "annex.changed": "изменил дополнительное соглашение",
    "annex.signed": "отметил подпись соглашения",
    "annex.cancelled": "отменил дополнительное соглашение",
}
"""What stands in the audit, in people's words."""

TOTAL_ON_PAPER: Final = "ИТОГ"
"""As it is printed, whatever the reader's language."""

NOT_TAKEN = Wording("не принят оператором", "ОФД ответил отказом (реквизит 1022)", "bad")

SLOT_STATES: Final[dict[str, Wording]] = {
    "READY": Wording("запасная", "ФН зарегистрирован и ждёт своей очереди", "quiet"),
    "ACTIVE": Wording("работает", "ФН принимает чеки", "good"),
    "DRAINING": Wording("досылает", "новых чеков не берёт; передаёт остаток оператору и закроется", "busy"),
    "CLOSED": Wording("закрыта", "новых чеков не берёт; оператору передано всё, что касса могла передать", "quiet"),
    "FAULTY": Wording("остановлена", "нужен человек: касса не работает", "bad"),
}

_TROUBLES: Final[dict[Trouble, str]] = {
    Trouble.OTHER_FN: "по адресу этой кассы отвечает другой ФН: проверьте, что куда подключено",
    Trouble.BOOKS_DIFFER: "память ФН и наш учёт расходятся: сверьте их командой fiscal-server verify",
    Trouble.FN_AHEAD: "в ФН есть документы, которых нет в учёте, сверьте их: fiscal-server verify",
    Trouble.WRITTEN_OFF: "этот ФН признан утраченным: человек заявил, что прочесть его нельзя",
    Trouble.TAKEN_OUT: "память сломалась, и человек вывел кассу насовсем",
    Trouble.BAD_ADDRESS: "адрес кассы записан с ошибкой",
    Trouble.WRONG_DATE: "последний документ ФН помечен будущим временем: проверьте часы сервера и этой кассы",
    Trouble.TOTALS_DIFFER: "итоги смены в ФН и в нашем учёте расходятся: сверьте их командой fiscal-server verify",
    Trouble.REFUSES: "ФН отказывает снова и снова",
    Trouble.UNREACHABLE: "касса не отвечает: проверьте питание и кабель",
    Trouble.ORDERED: "так распорядился человек",
    Trouble.BACKLOG_OLD: "оператор слишком долго не получает документы: проверьте связь с ним",
    Trouble.FN_CRITICAL: "ФН сообщает о критической ошибке",
    Trouble.MEMORY_FULL: "память ФН заполнена",
    Trouble.TERM_ENDS: "срок ФН кончается через 3 дня или раньше",
    Trouble.EXHAUSTED: "ФН отказал: кончились память, срок или ключи",
    Trouble.FAULT: "ФН отказал: он неисправен",
    Trouble.BAD_REQUEST: "ФН не принял данные чека",
    Trouble.UNWRITABLE: "чек нельзя записать как документ: в нём недопустимые данные",
}

_SIGNS: Final[dict[int, Wording]] = {
    SettlementSign.INCOME: Wording("оплата", "приход"),
    SettlementSign.INCOME_RETURN: Wording("вернули деньги", "возврат прихода"),
    SettlementSign.EXPENSE: Wording("мы заплатили", "расход"),
    SettlementSign.EXPENSE_RETURN: Wording("нам вернули", "возврат расхода"),
}


def is_emulated(fn_number: str) -> bool:
    """Whether documents of this FN reach no tax service."""
    return fn_number.startswith(EMULATED_PREFIX)


def trouble(text: str | None) -> Wording:
    """Why a slot or a receipt waits for a person; the words of the device are the official ones."""
    if text is None:
        return Wording("причина не названа", "")
    known, words = troubles.read(text)
    return Wording(text if known is None else _TROUBLES[known], words)


def is_ordered(text: str) -> bool:
    """Whether a person ordered it; the words are who and why, then."""
    return troubles.read(text)[0] is Trouble.ORDERED


def kind_of(form: int, receipt: Receipt) -> Wording:
    """What happened, in the payer's words."""
    sign = _SIGNS[receipt.sign]
    if form == CORRECTION_FORM or receipt.correction is not None:
        return Wording("исправление", say("чек коррекции, {sign}", sign=say(sign.official)))
    word = _income_word(receipt) if receipt.sign == SettlementSign.INCOME else sign.word
    if receipt.sign == SettlementSign.INCOME_RETURN and not _money(receipt):
        word = "отменили"
    return Wording(word, sign.official)


def _money(receipt: Receipt) -> int:
    return receipt.tenders.cash + receipt.tenders.electronic


def _income_word(receipt: Receipt) -> str:
    methods = {line.method for line in receipt.lines}
    tenders = receipt.tenders
    if tenders.credit == receipt.total_kopecks:
        return "оказали в долг"
    if tenders.prepaid == receipt.total_kopecks:
        return "списали с переплаты"
    if tenders.provision == receipt.total_kopecks:
        return "взаимозачёт"
    if methods == {SettlementMethod.CREDIT_PAYMENT}:
        return "погасили долг"
    if methods and methods <= _PREPAYMENTS:
        return "деньги вперёд"
    return _SIGNS[SettlementSign.INCOME].word
