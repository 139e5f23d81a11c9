"""Forms of the office: what somebody typed, or why it cannot be."""

from datetime import date

import pytest
from litestar.datastructures import FormMultiDict

from admin.office.forms import FormRefused, day_of


@pytest.mark.parametrize("text", ["", "завтра", "2026-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_that_nobody_can_mean_is_refused(text: str) -> None:
    with pytest.raises(FormRefused, match="Укажите дату"):
        day_of(FormMultiDict({"on": text}), "on")


def test_a_day_is_read() -> None:
    assert day_of(FormMultiDict({"on": "2026-01-15"}), "on") == date(2026, 1, 15)
