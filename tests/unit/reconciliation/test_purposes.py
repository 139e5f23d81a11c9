"""Accounts and months out of the purposes of payments."""

import pytest

from accounting.reconciliation.incoming.purpose import common_patterns, read_purpose


@pytest.mark.parametrize(
    ("text", "accounts", "period"),
    [
        ("ЛС 0001234567; Интернет за 10.2026", ("0001234567",), "2026-10"),
        ("л/с0001234567 за 09.26", ("0001234567",), "2026-09"),
        ("Л.С. № 0001234567, период: 102026", ("0001234567",), "2026-10"),
        ("лиц.счет 55-А12 за октябрь 2026г", ("55-А12",), "2026-10"),
        ("Лицевой счёт: 0001234567 за  ноябрь  2026", ("0001234567",), "2026-11"),
        ("лицевому счету №0001234567 за МАЙ 2026", ("0001234567",), "2026-05"),
        ("ЛИЦ СЧ 123456 ПЕРИОД 1/2026", ("123456",), "2026-01"),
        ("Оплата по договору 77/2021-А за 12-2026", ("77/2021-А",), "2026-12"),
        ("дог. №А100200", ("А100200",), None),
        ("абонент 100200, кв. 5", ("100200",), None),
        ("///ЖКУ50АБ123456-01 за 10.2026", ("50АБ123456-01",), "2026-10"),
        ("ЛС 111222 ///ЖКУ50АБ123456", ("50АБ123456", "111222"), None),
        ("Оплата услуг связи", (), None),
        ("Перевод от 10.11.2026, сумма 450.00, НДС не облагается", (), None),
        ("за 13.2026", (), None),
        ("ИНН 7700000016 счет 40702810000000000001", (), None),
        ("по договору от 01.02.2026", (), None),
        ("ПЛС 123456", (), None),
        ("", (), None),
    ],
)
def test_what_payers_write_is_understood(text: str, accounts: tuple[str, ...], period: str | None) -> None:
    found = read_purpose(text, common_patterns())
    assert (found.accounts, found.period) == (accounts, period)


def test_the_words_in_which_it_was_found_are_kept() -> None:
    found = read_purpose("Оплата ЛС  111222 по договору 55-1 за 10.2026 спасибо", common_patterns())
    assert found.evidence == ("ЛС 111222", "договору 55-1", "за 10.2026")


def test_long_texts_are_read_in_no_time() -> None:
    for piece in ("ЛС ", "1", "/ЖКУ", "договор 1-", "за 1.", " "):
        assert read_purpose(piece * (2_000 // len(piece)), common_patterns()).period is None
