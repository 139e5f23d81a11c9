from accounting.office.registration import is_kpp, is_ogrn


def test_a_kpp_is_nine_signs_of_which_two_may_be_letters() -> None:
    assert is_kpp("770101001")
    assert is_kpp("7701AB001")
    assert not is_kpp("77010100")
    assert not is_kpp("A70101001")


def test_an_ogrn_is_known_by_its_check_digit() -> None:
    # 100000000000 = 11 · 9090909090 + 10, the last digit of 10 is 0; 30000000000000 = 13 · 2307692307692 + 4.
    assert is_ogrn("1000000000000", sole_trader=False)
    assert not is_ogrn("1000000000001", sole_trader=False)
    assert is_ogrn("300000000000004", sole_trader=True)
    assert not is_ogrn("300000000000004", sole_trader=False)
    assert not is_ogrn("30000000000000x", sole_trader=True)
