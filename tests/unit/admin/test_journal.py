"""The story of deeds: what was changed, without the fees for whoever may not see them."""

from admin.pages.settings.journal import difference


def test_what_stayed_is_left_out_and_fees_are_told_to_those_who_may_see_them() -> None:
    before = {"number": "7", "fee_kopecks": 1_980_000, "status": "draft"}
    after = {"number": "8", "fee_kopecks": 2_000_000, "status": "draft"}
    assert difference(before, after, fees=True) == [
        ("fee_kopecks", "19\u00a0800,00\u00a0₽", "20\u00a0000,00\u00a0₽"),
        ("number", "7", "8"),
    ]
    assert difference(before, after, fees=False) == [("fee_kopecks", "•••", "•••"), ("number", "7", "8")]
    assert difference({"roles": ["manager"]}, {"roles": None}, fees=True) == [("roles", "manager", "")]
    assert difference(None, {"price_kopecks": 100}, fees=False) == [("price_kopecks", "•••", "•••")]


def test_sums_of_clients_are_told_to_those_who_see_clients() -> None:
    after = {"amount_kopecks": 100, "explanation": "1 %", "lines": [["RU-USN-ADV", 100]], "facts": {"income": 1}}
    assert {row[2] for row in difference(None, after, fees=False, money=False)} == {"•••"}
    assert "•••" not in {row[2] for row in difference(None, after, fees=False)}
