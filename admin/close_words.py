"""What people read of month closes: states, kinds of receipts, rates, and by when what is due, with its law."""

from datetime import date, timedelta
from typing import Any, Final

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.calendar import consolidated_deadline, last_day, period_of
from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.explanation.rule_texts import DUE
from accounting.receipts.policy import ConsolidatedLines, OffsetTiming, RefundTiming
from accounting.receipts.wording import translated, unknown_year
from accounting.working_days import BusinessCalendar
from admin.formatters import format_day
from admin.texts import say
from admin.words import Wording
from fiscal_server.storage.close_overview import MonthRow
from fiscal_server.storage.close_states import LIMITS_LOWERED, RULES_CHANGED, CloseState

SOON: Final = timedelta(days=3)
"""From then on a month that is open is warned of."""

GOES_ON: Final = Wording("идёт", "месяц ещё не кончился: закрывают на следующий день после его последнего дня")
OPEN: Final = Wording("открыт", "месяц кончился и принимает начисления, пока его не закрыли", "wait")
SOON_DUE: Final = Wording("пора закрыть", "до срока общего чека три дня или меньше", "warn")
LATE: Final = Wording("срок прошёл", "общий чек за этот месяц должен был быть оформлен", "bad")
BEFORE_US: Final = Wording("не закрывали", "месяц, когда организации ещё не было на этом сервере")
BY_BATCH: Final = Wording("закрыт", "событием period_close в пакете", "good")

JOB_STATES: Final[dict[CloseState, Wording]] = {
    CloseState.PREVIEWING: Wording("считаем", "предпросмотр: ничего не записывается и в кассу не уходит", "busy"),
    CloseState.PREVIEWED: Wording("посчитано", "предпросмотр готов: ничего не записано", "good"),
    CloseState.RUNNING: Wording("закрывается", "счета закрываются частями, начислений месяц уже не принимает", "busy"),
    CloseState.STOPPED: Wording("остановлено", "закрытая часть счетов остаётся закрытой, её чеки в силе", "warn"),
    CloseState.FAILED: Wording("ошибка", "закрытие остановилось само: причина названа, после неё продолжают", "bad"),
    CloseState.FINISHED: Wording("закрыт", "все счета закрыты, чеки поставлены в очередь", "good"),
    CloseState.CANCELLED: Wording("отменено", "не закрыто ни одного счёта, месяц открыт"),
}

KINDS: Final = {"own": "чеки счетов", "consolidated": "общие чеки за месяц"}
SIGNS: Final = {1: "приход", 2: "возврат прихода", 3: "расход", 4: "возврат расхода"}
METHODS: Final = {
    SettlementMethod.FULL_PREPAYMENT: "предоплата 100%",
    SettlementMethod.PREPAYMENT: "предоплата",
    SettlementMethod.ADVANCE: "аванс",
    SettlementMethod.FULL_SETTLEMENT: "полный расчёт",
    SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT: "частичный расчёт и кредит",
    SettlementMethod.CREDIT: "передача в кредит",
    SettlementMethod.CREDIT_PAYMENT: "оплата кредита",
}
RATES: Final = {
    VatCode.VAT_20: "20%",
    VatCode.VAT_10: "10%",
    VatCode.VAT_20_120: "20/120",
    VatCode.VAT_10_110: "10/110",
    VatCode.VAT_0: "0%",
    VatCode.NO_VAT: "без НДС",
    VatCode.VAT_5: "5%",
    VatCode.VAT_7: "7%",
    VatCode.VAT_5_105: "5/105",
    VatCode.VAT_7_107: "7/107",
    VatCode.VAT_22: "22%",
    VatCode.VAT_22_122: "22/122",
}

OWN_RECEIPTS: Final = "Свои чеки счетов"
COMMON_RECEIPT: Final = "Общий чек за месяц"
PER_ACCOUNT: Final = (
    "По правилам этой организации общий чек перечисляет все лицевые счета (consolidated_lines = per_account). Такой "
    "месяц закрывает учётная система событием period_close в пакете."
)

NOT_OVER: Final = "Этот месяц ещё не кончился: его закрывают на следующий день после последнего дня."


_FAILURES: Final = {
    RULES_CHANGED: "Правила чеков этой организации изменили, пока месяц закрывался: его чеки вышли бы двух видов. "
    "Верните прежние правила и продолжите.",
    LIMITS_LOWERED: "Наибольшее число строк и сумму чека (max_lines, max_sum) во время закрытия можно только "
    "увеличить. Верните прежние и продолжите.",
}


def why_failed(error: str) -> str:
    """Why a close stopped by itself, in the reader's language where there are words for it."""
    return say(_FAILURES.get(error, error))


class Totals(msgspec.Struct, frozen=True):
    """What a close issues, added up, as its job has it: kind, sign, and sums in kopecks of each row."""

    by_kind: list[dict[str, Any]] = []
    by_method: list[dict[str, Any]] = []
    by_vat_code: list[dict[str, Any]] = []


class Deadline(msgspec.Struct, frozen=True):
    """By when what a close issues must be made; ``title`` is a msgid, ``why`` says law and mark in words."""

    title: str
    day: date
    why: str


def deadlines(rules: MerchantRules, period: str) -> list[Deadline]:
    """What is due after a month; that of the consolidated receipt stands first, if there may be one."""
    policies = rules.policies
    calendar = BusinessCalendar(rules.calendar)
    own = calendar.next_business_day(last_day(period))
    why = translated(DUE["close"], day=format_day(own))
    if not calendar.is_known(own.year):
        why = f"{why} {unknown_year(own.year)}"
    found = [Deadline(OWN_RECEIPTS, own, why)]
    if policies.offset_timing == OffsetTiming.PERIOD_CONSOLIDATED or (
        policies.refund_timing == RefundTiming.PERIOD_CONSOLIDATED
    ):
        day = consolidated_deadline(period)
        found.insert(0, Deadline(COMMON_RECEIPT, day, translated(DUE["consolidated"], day=format_day(day))))
    return found


def why_not_here(rules: MerchantRules) -> str | None:
    """Why the months of this merchant cannot be closed from the panel; None: they can."""
    return say(PER_ACCOUNT) if rules.policies.consolidated_lines is ConsolidatedLines.PER_ACCOUNT else None


def month_word(row: MonthRow, today: date) -> Wording:
    """How a month stands."""
    if row.state is not None:
        return JOB_STATES[row.state]
    if row.closed:
        return BY_BATCH
    if last_day(row.period) >= today:
        return GOES_ON
    if row.period < months_back(row.created_at.date(), None, 2)[1]:  # the month before may have come in one batch
        return BEFORE_US
    left = consolidated_deadline(row.period) - today
    return LATE if left < timedelta() else SOON_DUE if left <= SOON else OPEN


def may_be_closed(row: MonthRow, today: date) -> bool:
    """Whether a close could begin: the month is over and nobody closes it."""
    return row.state is None and not row.closed and last_day(row.period) < today


def may_be_previewed(row: MonthRow, today: date) -> bool:
    """Whether a close can be tried out: also of the month that goes on."""
    return row.state is None and not row.closed and row.period <= period_of(today)


def months_back(today: date, before: str | None, count: int) -> list[str]:
    """``count`` months, newest first: those before a month, or from today's on."""
    if before is not None:
        year, month = int(before[:4]), int(before[5:]) - 1
    else:
        year, month = today.year, today.month
    number = year * 12 + month - 1
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in range(number, number - count, -1)]
