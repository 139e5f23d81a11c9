"""What stands in the tables of the office, in people's words. All texts are msgids."""

from typing import Final

KINDS: Final = {"org": "организация", "ip": "индивидуальный предприниматель", "person": "самозанятый"}
PAYERS: Final = {"org": "ORG", "ip": "IP", "person": "PERSON"}
"""Which payer of taxes a kind of client is."""

STATUSES: Final = {
    "prospect": "будущий",
    "onboarding": "принимаем",
    "active": "обслуживаем",
    "suspended": "приостановлен",
    "offboarding": "передаём дела",
    "former": "бывший",
}
NEXT_STATUSES: Final = {
    "prospect": ("onboarding", "former"),
    "onboarding": ("active", "former"),
    "active": ("suspended", "offboarding"),
    "suspended": ("active", "offboarding"),
    "offboarding": ("former",),
    "former": ("onboarding",),
}
"""Where a client may go (office domain 3.3)."""

SYSTEMS: Final = {
    "OSNO": "ОСНО",
    "USN_D": "УСН «доходы»",
    "USN_DR": "УСН «доходы минус расходы»",
    "ESHN": "ЕСХН",
    "PSN": "патент",
    "AUSN": "АУСН",
    "NPD": "НПД",
}
"""Tax systems of Russia by their code in the calendars."""

ROLES: Final = {
    "lead": "ведущий бухгалтер",
    "tax": "налоги",
    "payroll": "зарплата",
    "primary": "первичные документы",
    "personnel": "кадры",
    "manager": "менеджер",
}
CONTACT_ROLES: Final = {
    "director": "директор",
    "owner": "владелец",
    "chief_accountant": "главный бухгалтер",
    "payroll": "зарплата и кадры",
    "primary": "первичные документы",
    "it": "компьютеры",
    "signatory": "подписывает",
    "other": "прочее",
}
CONTRACT_STATUSES: Final = {
    "draft": "черновик",
    "agreed": "согласован",
    "sent": "отправлен",
    "signed": "подписан",
    "active": "действует",
    "amended": "изменён",
    "suspended": "приостановлен",
    "terminating": "расторгается",
    "closed": "закрыт",
    "cancelled": "отменён",
}
STATES: Final = {
    "planned": "предстоит",
    "begun": "начато",
    "done": "сделано",
    "not_required": "не требуется",
    "cancelled": "отменено",
}
OBLIGATION_KINDS: Final = {
    "report": "отчёт",
    "payment": "уплата",
    "notice": "уведомление",
    "event_report": "отчёт о событии",
    "internal": "внутренний срок",
    "contract": "по договору",
}
PROFIT_MODES: Final = {
    "quarterly": "по кварталам",
    "monthly_advance": "авансами каждый месяц",
    "actual_monthly": "каждый месяц по фактической прибыли",
}
OCCASION_CHOICES: Final = {
    "hire": "приём",
    "dismissal": "увольнение",
    "suspension": "приостановка договора",
    "gph_start": "начат договор подряда",
    "gph_end": "окончен договор подряда",
    "transfer": "перевод или перерегистрация",
    "rename": "переименование",
    "qualification": "новая квалификация",
    "workbook": "трудовая книжка",
    "foreign_hire": "принят иностранец",
    "foreign_dismissal": "уволен иностранец",
    "explanation": "пояснения",
    "documents": "документы",
    "counterparty": "о контрагенте",
    "deal": "о сделке",
    "other": "прочее",
    "data_change": "изменились данные",
    "fn_change": "замена накопителя",
    "loss": "утрата",
    "closure": "снята с учёта",
}
CHANGES: Final = {"created": "появился", "moved": "перенесён", "cancelled": "отменён"}
COUNTRIES: Final = {"RU": "Россия", "PL": "Польша", "BR": "Бразилия"}
"""Whose calendars there are."""
