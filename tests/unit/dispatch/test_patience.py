"""Waiting between attempts: longer and longer while nothing is achieved, short again after a success."""

from itertools import islice

from fiscal_server.dispatch.retry import DEVICE_DELAYS_S, Patience, Rest, delays


def test_delays_end_with_their_last_step_for_ever() -> None:
    assert list(islice(delays((1.0, 2.0)), 4)) == [1.0, 2.0, 2.0, 2.0]


def test_what_fails_again_and_again_is_tried_less_and_less_often() -> None:
    patience = Patience(DEVICE_DELAYS_S)
    waits = [patience.wait_s((17, 4)) for _ in range(10)]
    assert waits == sorted(waits)
    assert waits[-1] == DEVICE_DELAYS_S[-1]


def test_a_document_made_in_between_makes_waits_short_again() -> None:
    patience = Patience(DEVICE_DELAYS_S)
    for _ in range(10):
        patience.wait_s((17, 4))
    assert patience.wait_s((18, 4)) == DEVICE_DELAYS_S[0]


def test_a_device_that_makes_nothing_rests_twice_as_long_each_time() -> None:
    rest = Rest()
    assert rest.is_over(0.0)
    ends = [rest.begin(0.0, 60.0, "FD 1") for _ in range(6)]
    assert ends == [60.0, 120.0, 240.0, 480.0, 960.0, 960.0]
    assert not rest.is_over(959.0)
    assert rest.is_over(960.0)
    assert rest.begin(5000.0, 60.0, "FD 2") == 5060.0


def test_a_device_that_is_missed_rests_no_longer_than_the_first_time() -> None:
    rest = Rest()
    for _ in range(6):
        rest.begin(0.0, 60.0, "FD 1")
    assert not rest.is_over(59.0, missed=True)
    assert rest.is_over(60.0, missed=True)
    assert not rest.is_over(60.0)
    rest.end()
    assert rest.is_over(0.0)
    assert rest.begin(0.0, 60.0, "FD 1") == 960.0
