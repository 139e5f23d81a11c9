import re

import msgspec
import pytest

from accounting.receipts.codes import SettlementMethod, SettlementSign
from accounting.receipts.model import Receipt, Tenders
from admin.words import RECEIPT_STATES, is_emulated, kind_of, trouble
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.troubles import Trouble, read, tell
from tests.browser.scene import payment

PAID = payment(100)


def receipt(method: SettlementMethod = SettlementMethod.FULL_SETTLEMENT, **tenders: int) -> Receipt:
    """A receipt over 100 kopecks, settled as the tenders say."""
    line = msgspec.structs.replace(PAID.lines[0], method=method)
    return msgspec.structs.replace(PAID, lines=(line,), tenders=Tenders(**tenders))


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (receipt(electronic=100), "оплата"),
        (receipt(cash=60, prepaid=40), "оплата"),
        (receipt(prepaid=100), "списали с переплаты"),
        (receipt(provision=100), "взаимозачёт"),
        (receipt(SettlementMethod.CREDIT, credit=100), "оказали в долг"),
        (receipt(SettlementMethod.CREDIT_PAYMENT, electronic=100), "погасили долг"),
        (receipt(SettlementMethod.ADVANCE, electronic=100), "деньги вперёд"),
        (receipt(SettlementMethod.PREPAYMENT, electronic=100), "деньги вперёд"),
    ],
)
def test_an_income_is_named_by_what_the_payer_did(given: Receipt, word: str) -> None:
    kind = kind_of(3, given)
    assert (kind.word, kind.official) == (word, "приход")


def test_money_that_goes_back_is_told_from_a_mere_reversal() -> None:
    back = msgspec.structs.replace(receipt(electronic=100), sign=SettlementSign.INCOME_RETURN)
    reversal = msgspec.structs.replace(receipt(credit=100), sign=SettlementSign.INCOME_RETURN)
    assert kind_of(3, back).word == "вернули деньги"
    assert kind_of(3, reversal).word == "отменили"


def test_a_correction_receipt_says_so_whatever_its_sign() -> None:
    for sign in SettlementSign:
        assert kind_of(31, msgspec.structs.replace(PAID, sign=sign)).word == "исправление"


def test_every_sign_and_every_state_has_words() -> None:
    assert {kind_of(3, msgspec.structs.replace(PAID, sign=sign)).official for sign in SettlementSign} == {
        "приход",
        "возврат прихода",
        "расход",
        "возврат расхода",
    }
    assert set(RECEIPT_STATES) == set(ReceiptState)


def test_only_numbers_of_emulators_and_test_fns_begin_with_four_nines() -> None:
    assert is_emulated("9999078900000101")
    assert not is_emulated("7380440700123451")


@pytest.mark.parametrize("code", Trouble)
def test_every_trouble_is_told_in_the_language_of_the_panel(code: Trouble) -> None:
    told = trouble(tell(code, "16h: memory is full (code 0Bh)"))
    assert told.official == "16h: memory is full (code 0Bh)"
    assert re.fullmatch(r"[^a-z]+( fiscal-server verify)?", told.word)


def test_a_reason_that_another_version_wrote_is_shown_as_it_is() -> None:
    assert trouble("смена: не закрыта").word == "смена: не закрыта"
    assert read("no code at all") == (None, "no code at all")
    assert trouble(None).word == "причина не названа"
