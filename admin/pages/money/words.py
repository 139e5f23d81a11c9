"""What came in, in people's words."""

from typing import Final

from admin.words import Wording

FILE_KINDS: Final = {
    "unknown": "не распознан",
    "statement": "выписка банка",
    "register": "реестр платежей",
    "batch": "пакет событий",
    "restoration": "события для восстановления",
}
FORMATS: Final = frozenset(
    {
        "Выписка 1CClientBankExchange",
        "Реестр с полями фиксированной длины",
        "Реестр с именованными полями (CLIENTNO)",
        "Таблица с заголовками (Excel, CSV)",
        "Реестр с итоговой строкой",
    }
)
"""Titles of the formats that ship, to be said in other languages; those of an office's own are as it called them."""
OUTCOMES: Final = {
    "payment": Wording("принята", "платёж записан, чек подготовлен", "good"),
    "duplicate": Wording("повтор", "этот платёж уже есть", "quiet"),
    "rejected": Wording("посмотрите", "строка не принята: нужен человек", "bad"),
    "skipped": Wording("не платёж", "деньги, но не платёж абонента", "quiet"),
}
STATED: Final = {
    "count": "строк",
    "amount": "сумма",
    "net": "к перечислению",
    "fee": "комиссия",
    "received": "поступило",
    "spent": "списано",
    "closing_balance": "остаток в конце",
}
METHODS: Final = {
    1: "деньги вперёд целиком",
    2: "деньги вперёд",
    3: "аванс",
    4: "полный расчёт",
    5: "часть в долг",
    6: "в долг",
    7: "погасили долг",
}
SIGNS: Final = {1: "оплата", 2: "вернули деньги", 3: "мы заплатили", 4: "нам вернули"}
VAT_CODES: Final = {
    1: "20 %", 2: "10 %", 3: "20/120", 4: "10/110", 5: "0 %", 6: "без НДС", 7: "5 %", 8: "7 %", 9: "5/105",
    10: "7/107", 11: "22 %", 12: "22/122",
}  # fmt: skip
