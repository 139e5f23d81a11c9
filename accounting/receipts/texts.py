"""Names of lines, tag 1030: at most 128 characters of code page 866, the others are dropped (receipt rules 2 [I])."""

from functools import lru_cache
from typing import Final

from accounting.receipts.codes import SettlementMethod, VatCode

NAME_LENGTH: Final = 128

PENALTY: Final = "Пени"

_RATE_WORDS: Final = {
    VatCode.VAT_20_120: "20/120",
    VatCode.VAT_22_122: "22/122",
    VatCode.VAT_10_110: "10/110",
    VatCode.VAT_5_105: "5/105",
    VatCode.VAT_7_107: "7/107",
    VatCode.VAT_0: "0%",
    VatCode.NO_VAT: "без НДС",
}


def printable(text: str) -> str:
    """What of the text a register can print."""
    return text.encode("cp866", "ignore").decode("cp866")


def _fitted(name: str, ending: str, beginning: str = "") -> str:
    # The service's name gives way, the period behind it does not.
    room = NAME_LENGTH - len(beginning) - len(ending)
    return printable(f"{beginning}{name[:room]}{ending}")


@lru_cache(maxsize=4096)
def delivered(service: str, period: str, method: SettlementMethod, remark: str = "") -> str:
    """A delivered service of a period: "Отопление, 10.2026"."""
    beginning = "Оплата долга: " if method is SettlementMethod.CREDIT_PAYMENT else ""
    return _fitted(service, f", {period[5:]}.{period[:4]}{remark}", beginning)


def delivered_of_account(service: str, period: str, account: str) -> str:
    """The same in a consolidated receipt with a line an account."""
    return _fitted(service, f", {period[5:]}.{period[:4]}", f"ЛС {account[:40]}: ")


def advance(service: str | None, code: VatCode, account: str | None = None) -> str:
    """Money before the delivery; a known service is named."""
    beginning = "" if account is None else f"ЛС {account[:40]}: "
    if service is not None:
        return _fitted(service, "", f"{beginning}Предоплата: ")
    return printable(f"{beginning}Аванс за услуги ({_RATE_WORDS[code]})")


def returned_advance(service: str | None, code: VatCode, account: str | None = None) -> str:
    """Money before the delivery that goes back."""
    beginning = "" if account is None else f"ЛС {account[:40]}: "
    if service is not None:
        return _fitted(service, "", f"{beginning}Возврат предоплаты: ")
    return printable(f"{beginning}Возврат аванса за услуги ({_RATE_WORDS[code]})")
