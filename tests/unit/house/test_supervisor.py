"""Children live as long as they should, and no longer. Real processes, real signals."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from fiscal_server.supervisor import (
    AlreadyRunning,
    ChildNotReady,
    ChildSpec,
    Supervisor,
    read_run_state,
)
from fiscal_server.supervisor.log_files import last_lines, open_log
from fiscal_server.supervisor.spec import Backoff, ReadyCheck
from tests.unit.house.processes import Lines, is_alive, kill, wait_dead

SLEEPER = ("sleep", "600")


def test_the_wait_doubles_up_to_ten_seconds_and_is_forgiven_after_a_long_life() -> None:
    backoff = Backoff()
    assert [backoff.after_death(lived=0.0) for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert backoff.after_death(lived=30.0) == 0.2


def _exists(path: Path) -> ReadyCheck:
    async def check(pid: int) -> bool:
        return os.access(path, os.F_OK)

    return check


async def _never(pid: int) -> bool:
    return False


async def test_children_stop_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    order = tmp_path / "order"
    script = "trap 'echo {name} >> {order}; exit' TERM; touch {up}; while :; do sleep 1 & wait; done"
    async with Supervisor(tmp_path, Lines()) as supervisor:
        for name in ("database", "api", "panel"):
            up = tmp_path / f"{name}.up"
            argv = ("sh", "-c", script.format(name=name, order=order, up=up))
            await supervisor.start(ChildSpec(name, argv, ready_check=_exists(up)))
    assert order.read_text().split() == ["panel", "api", "database"]


async def test_a_dead_child_is_started_again(tmp_path: Path) -> None:
    lines = Lines()
    async with Supervisor(tmp_path, lines) as supervisor:
        await supervisor.start(ChildSpec("api", SLEEPER))
        first = supervisor.pid("api")
        kill(first)
        await lines.containing("api was killed by SIGKILL; starting it again in 0.2 s")
        await lines.containing("api runs again")
        assert supervisor.pid("api") not in (None, first)


async def test_what_a_dead_child_left_behind_is_killed_before_the_next_start(tmp_path: Path) -> None:
    lines = Lines()
    script = f"sleep 600 & echo $! > {tmp_path}/worker.new; mv {tmp_path}/worker.new {tmp_path}/worker; wait"

    async with Supervisor(tmp_path, lines) as supervisor:
        await supervisor.start(ChildSpec("api", ("sh", "-c", script), ready_check=_exists(tmp_path / "worker")))
        worker = int((tmp_path / "worker").read_text())
        assert is_alive(worker)
        kill(supervisor.pid("api"))
        await lines.containing("api runs again")
        assert wait_dead(worker)


async def test_a_child_that_never_comes_up_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, Lines()) as supervisor:
        with pytest.raises(ChildNotReady, match=r"(?s)api ended with code 3; its log is .*api\.log\n  \| no licence"):
            await supervisor.start(ChildSpec("api", ("sh", "-c", "echo no licence; exit 3"), ready_check=_never))


async def test_a_child_that_keeps_dying_shows_its_last_words(tmp_path: Path) -> None:
    lines = Lines()
    script = f"if test -e {tmp_path}/broken; then echo disk is full; exit 1; fi; touch {tmp_path}/broken; sleep 600"

    async with Supervisor(tmp_path, lines) as supervisor:
        await supervisor.start(ChildSpec("api", ("sh", "-c", script), ready_check=_exists(tmp_path / "broken")))
        (tmp_path / "broken").touch()
        kill(supervisor.pid("api"))
        await lines.containing("api keeps dying; its log is")
        await lines.containing("  | disk is full")


async def test_a_child_that_ignores_the_stop_signal_is_killed(tmp_path: Path) -> None:
    lines = Lines()
    script = f"trap '' TERM; touch {tmp_path}/up; while :; do sleep 1; done"

    async with Supervisor(tmp_path, lines) as supervisor:
        await supervisor.start(
            ChildSpec("api", ("sh", "-c", script), ready_check=_exists(tmp_path / "up"), stop_within=0.2)
        )
        pid = supervisor.pid("api")
    assert pid is not None
    assert wait_dead(pid, within=0)
    assert "api did not stop within 0.2 s: killed" in lines.seen


async def test_ctrl_c_stops_and_a_second_one_hurries(tmp_path: Path) -> None:
    lines = Lines()
    script = f"trap 'touch {tmp_path}/asked' TERM; touch {tmp_path}/up; while :; do sleep 1; done"

    async def hurry() -> None:
        await supervisor.wait_stopped()
        os.kill(os.getpid(), signal.SIGINT)

    async with Supervisor(tmp_path, lines) as supervisor:
        await supervisor.start(
            ChildSpec("api", ("sh", "-c", script), ready_check=_exists(tmp_path / "up"), stop_within=600)
        )
        hurrying = asyncio.create_task(hurry())
        os.kill(os.getpid(), signal.SIGINT)
        await supervisor.wait_stopped()
    await hurrying
    assert lines.seen == ["stopping; press Ctrl-C again to hurry", "hurrying"]


async def test_ctrl_c_while_a_child_is_starting_ends_the_block_quietly(tmp_path: Path) -> None:
    reached_the_end = False

    async def ctrl_c(pid: int) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return False

    async with Supervisor(tmp_path, Lines()) as supervisor:
        await supervisor.start(ChildSpec("api", SLEEPER, ready_check=ctrl_c))
        reached_the_end = True
    assert not reached_the_end
    assert read_run_state(tmp_path) is None


async def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    async with Supervisor(tmp_path, Lines()):
        with pytest.raises(AlreadyRunning, match=rf"already runs in {tmp_path} \(process {os.getpid()}\)"):
            async with Supervisor(tmp_path, Lines()):
                pass
    async with Supervisor(tmp_path, Lines()):
        pass


async def test_other_commands_find_the_running_instance(tmp_path: Path) -> None:
    assert read_run_state(tmp_path) is None
    async with Supervisor(tmp_path, Lines()) as supervisor:
        await supervisor.start(ChildSpec("api", SLEEPER, address="http://127.0.0.1:8080"))
        state = read_run_state(tmp_path)
        assert state is not None
        assert state.pid == os.getpid()
        assert state.children == {"api": supervisor.pid("api")}
        assert state.addresses == {"api": "http://127.0.0.1:8080"}
    assert read_run_state(tmp_path) is None


async def test_a_child_gets_exactly_the_environment_of_its_spec(tmp_path: Path) -> None:
    script = f"import os; open({str(tmp_path / 'env')!r}, 'w').write(os.environ['A'] + str('HOME' in os.environ))"

    spec = ChildSpec("api", (sys.executable, "-c", script + "; import time; time.sleep(600)"), env={"A": "b"})
    async with Supervisor(tmp_path, Lines()) as supervisor:
        await supervisor.start(ChildSpec(spec.name, spec.argv, spec.env, ready_check=_exists(tmp_path / "env")))
    assert (tmp_path / "env").read_text() == "bFalse"


def test_a_big_log_is_moved_aside_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fiscal_server.supervisor.log_files._ROTATE_AT_BYTES", 4)
    for text in (b"first", b"second", b"third"):
        descriptor = open_log(tmp_path, "api")
        os.write(descriptor, text)
        os.close(descriptor)
    assert last_lines(tmp_path / "api.log", since=0) == ["third"]
    assert (tmp_path / "api.log.1").read_text() == "second"
    assert (tmp_path / "api.log.2").read_text() == "first"


async def test_a_closed_terminal_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    def broken(line: str) -> None:
        raise BrokenPipeError(line)

    async with Supervisor(tmp_path, broken) as supervisor:
        await supervisor.start(ChildSpec("api", SLEEPER))
        pid = supervisor.pid("api")
        os.kill(os.getpid(), signal.SIGHUP)
        await supervisor.wait_stopped()
    assert pid is not None
    assert wait_dead(pid, within=0)


async def test_a_warden_that_was_killed_is_replaced_by_one_that_knows_every_child(tmp_path: Path) -> None:
    lines = Lines()
    async with Supervisor(tmp_path, lines) as supervisor:
        await supervisor.start(ChildSpec("api", SLEEPER))
        first = _children_of(os.getpid(), "warden.py")
        kill(first)
        assert wait_dead(first)
        kill(supervisor.pid("api"))
        await lines.containing("api runs again")
        second = _children_of(os.getpid(), "warden.py")
        assert second not in (first, None)


def _children_of(parent: int, script: str) -> int:
    """Pid of the live child that runs the script."""
    for pid in (Path(f"/proc/{parent}/task/{parent}/children")).read_text().split():
        if script in Path(f"/proc/{pid}/cmdline").read_text():
            return int(pid)
    raise AssertionError(f"no child runs {script}")
