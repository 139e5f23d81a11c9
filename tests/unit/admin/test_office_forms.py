"""Forms of the office: what somebody typed, or why it cannot be."""

import random
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from litestar.datastructures import FormMultiDict

from admin.office.forms import FormRefused, clean_email, day_of


@pytest.mark.parametrize("text", ["", "завтра", "2026-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_that_nobody_can_mean_is_refused(text: str) -> None:
    with pytest.raises(FormRefused, match="Укажите дату"):
        day_of(FormMultiDict({"on": text}), "on")


def test_a_day_is_read() -> None:
    assert day_of(FormMultiDict({"on": "2026-01-15"}), "on") == date(2026, 1, 15)


@pytest.mark.parametrize("text", [
    "olga@[example.ru", "группа:olga@example.ru", "<olga@example.ru>", "olga@example.ru,boris", "a,olga@example.ru",
    'olga"@example.ru', "(olga@example.ru", "olga\x07@example.ru", "olga\\@example.ru", "olga@example",
])  # fmt: skip
def test_an_address_that_a_letter_would_send_elsewhere_or_could_not_bear_is_refused(text: str) -> None:
    with pytest.raises(FormRefused, match="ошибка"):
        clean_email(text)


@pytest.mark.parametrize("seed", range(3))
def test_every_address_that_is_taken_is_the_one_recipient_of_a_letter(seed: int) -> None:
    rng, taken = random.Random(seed), 0
    for _ in range(2_000):
        local, domain = ("".join(rng.choices('aebc-_"\\()<>[],;:%!=?\x07\x7f', k=rng.randrange(1, 5))) for _ in "12")
        text = f"{local}@{domain}.ru"
        try:
            address = clean_email(text)
        except FormRefused:
            continue
        message = EmailMessage()
        message["To"] = address
        assert message.as_bytes(policy=SMTP), text
        assert [one.addr_spec for one in message["To"].addresses] == [address], text
        taken += 1
    assert taken > 50
