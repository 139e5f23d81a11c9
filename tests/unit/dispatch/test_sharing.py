"""Which KKTs a node takes and gives: homes, shares, silence. Pure."""

import random

import msgspec
import pytest

from fiscal_server.dispatch.sharing import Standing, choose
from fiscal_server.storage.leases import LeaseMark, Seat

FREE = LeaseMark(3, None, 0)
HELD = LeaseMark(3, 8, 50_000)


def seat(kkt_id: int, *, home: int | None = None, holder: int | None = None, active: bool = True) -> Seat:
    return Seat(1, kkt_id, active, home, holder, FREE if holder is None else HELD)


def standing(node: int = 1, sharers: int = 1, working: set[int] | None = None, **more: object) -> Standing:
    plain = Standing(node, working or set(), set(), set(), sharers)
    return msgspec.structs.replace(plain, **more)


def taken(seats: list[Seat], stand: Standing) -> list[int]:
    return [one.kkt_id for one in choose(seats, stand).take]


def test_a_kkt_that_is_plugged_in_is_taken_by_its_node_alone() -> None:
    seats = [seat(1, home=1), seat(2, home=2), seat(3)]
    assert taken(seats, standing(1)) == [1, 3]
    assert taken(seats, standing(2)) == [2, 3]
    assert taken(seats, standing(3)) == [3]


def test_what_is_plugged_in_is_no_part_of_the_share() -> None:
    seats = [seat(n, home=1) for n in range(1, 6)] + [seat(n) for n in range(6, 10)]
    assert taken(seats, standing(1, sharers=2)) == [1, 2, 3, 4, 5, 6, 7]


def test_a_kkt_that_was_plugged_into_another_node_is_given_back() -> None:
    assert choose([seat(1, home=2, holder=1)], standing(1, working={1})).give == [1]


@pytest.mark.parametrize("kkts", range(12))
@pytest.mark.parametrize("nodes", range(1, 5))
def test_shares_together_take_all(kkts: int, nodes: int) -> None:
    assert nodes * len(taken([seat(n) for n in range(kkts)], standing(sharers=nodes))) >= kkts


def test_who_has_more_than_his_share_gives_the_rest_back_and_no_more() -> None:
    seats = [seat(n, holder=1) for n in range(1, 6)]
    choice = choose(seats, standing(1, sharers=2, working={1, 2, 3, 4, 5}))
    assert (choice.take, len(choice.give)) == ([], 2)
    assert choose(seats, standing(1, sharers=2, working={1, 2, 3})).give == []


def test_what_is_being_given_back_is_not_taken_again() -> None:
    seats = [seat(n, holder=1) for n in range(1, 5)]
    choice = choose(seats, standing(1, sharers=2, working={1, 2}, ending={3, 4}))
    assert (choice.take, choice.give) == ([], [])


def test_a_share_of_all_is_a_share_of_the_active_ones() -> None:
    seats = [seat(n, active=n <= 4) for n in range(1, 9)]
    one = taken(seats, standing(1, sharers=2))
    assert sum(n <= 4 for n in one) == 2
    given = choose([seat(n, holder=1, active=n <= 4) for n in range(1, 9)], standing(1, 2, set(range(1, 9)))).give
    assert sum(n <= 4 for n in given) == 2


def test_what_others_hold_is_taken_only_when_they_are_silent() -> None:
    seats = [seat(1, holder=2), seat(2, holder=2)]
    assert taken(seats, standing(1)) == []
    assert taken(seats, standing(1, silent={2})) == [2]


def test_a_lease_of_ours_that_is_not_in_our_hands_is_taken_anew() -> None:
    assert taken([seat(1, holder=1)], standing(1)) == [1]


def test_a_draining_node_gives_all_and_takes_nothing() -> None:
    seats = [seat(1, holder=1), seat(2, home=1, holder=1), seat(3), seat(4, home=1)]
    choice = choose(seats, standing(1, working={1, 2}, draining=True))
    assert (choice.take, sorted(choice.give)) == ([], [1, 2])


@pytest.mark.parametrize("seed", range(30))
def test_nodes_that_choose_by_turns_come_to_rest_with_all_kkts_shared_evenly(seed: int) -> None:
    chance = random.Random(seed)
    nodes, kkts = chance.randint(1, 5), chance.randint(0, 40)
    hands: dict[int, set[int]] = {node: set() for node in range(nodes)}
    holder: dict[int, int | None] = dict.fromkeys(range(kkts))
    active = {n: chance.random() < 0.5 for n in range(kkts)}
    for n in range(kkts):
        if chance.random() < 0.7:
            holder[n] = chance.randrange(nodes)
            hands[holder[n] or 0].add(n)
    for step in range(4 * nodes):
        node = step % nodes
        seats = [seat(n, holder=holder[n], active=active[n]) for n in range(kkts)]
        choice = choose(seats, standing(node, nodes, hands[node]))
        for n in choice.give:
            hands[node].remove(n)
            holder[n] = None
        for one in choice.take:
            hands[node].add(one.kkt_id)
            holder[one.kkt_id] = node
    assert None not in holder.values(), f"seed {seed}"
    assert max(map(len, hands.values())) <= -(-kkts // nodes), f"seed {seed}"
