"""Deadlines in the words of ``which`` (receipt rules 3.2). Texts are msgids."""

from typing import Final

NEXT_DAY: Final = "следующий рабочий день после события (п. 3.2 [I])"
BY_NAME: Final = {
    "": "",
    "act": NEXT_DAY,
    "close": "следующий рабочий день после последнего дня месяца (п. 3.2 [I])",
    "consolidated": "10 календарных дней после месяца, покупателю не выдают (54-ФЗ ст. 1.2 п. 2.1; п. 3.2 [1])",
    "correction": "как только нашли, раньше налоговой (п. 3.2 [C])",
}
BY_WAY: Final = {
    "cash": "в момент расчета (п. 3.2 [C])",
    "card_present": "в момент расчета (п. 3.2 [C])",
    "card_online": "в момент расчета (п. 3.2 [M])",
    "bank_transfer": "следующий рабочий день после дня расчета (ФНС ЗГ-2-20/18259@; п. 3.2 [1])",
}
REFUND_BY_WAY: Final = {
    "cash": "в момент расчета (п. 3.2 [I])",
    "card_present": "в момент расчета (п. 3.2 [I])",
    "card_online": "следующий рабочий день после отправки денег (п. 3.2 [I])",
    "bank_transfer": "следующий рабочий день после отправки денег (п. 3.2 [I])",
}


def deadline(name: str, way: str) -> str:
    """The msgid of a deadline; "way" and "refund" depend on how the money went."""
    if name == "way":
        return BY_WAY[way]
    return REFUND_BY_WAY[way] if name == "refund" else BY_NAME[name]
