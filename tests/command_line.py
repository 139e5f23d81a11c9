"""``fiscal-server`` as its users call it, without the half second that its imports take: forked from a process that has
them already, one a worker. Whoever tests how a process starts, or what it imports (FISCAL_PURE), starts a real one.
"""

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn

from fiscal_server import __main__ as program

ROOT = Path(__file__).parents[1]
_FAMILIES = ("atol", "close-month", "corrections", "import", "kkt", "receipts", "restorations", "restoration-jobs")
_MESSAGE_MAX = 1 << 17


def run_command(
    *words: str, env: Mapping[str, str], cwd: Path = ROOT, stdin: bytes = b"", as_seen: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Blocks until the command has ended: exit code, standard output, standard error. ``as_seen``: both as standard
    output, in the order in which a terminal shows them."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        code = _ask(list(words), dict(env), cwd, (given, out, out if as_seen else err))
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(words, code, out.read(), err.read())


def _ask(words: list[str], env: dict[str, str], cwd: Path, files: tuple[IO[bytes], ...]) -> int:
    asked = json.dumps({"words": words, "env": env, "cwd": str(cwd)}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(_server())
        socket.send_fds(connection, [asked], [file.fileno() for file in files])
        return int(connection.recv(64))


@functools.cache
def _server() -> str:
    """The socket of this worker's process; it ends with the worker."""
    path = f"{tempfile.mkdtemp(prefix='fiscal-commands-')}/socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.command_line", path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    atexit.register(process.communicate)
    return path


def serve(path: str) -> None:
    """Until standard input ends."""
    for name in _FAMILIES:
        import_module(program.COMMANDS[name].partition(":")[0])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen(16)
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _attend(connection)
            connection.close()
    os.unlink(path)
    os.rmdir(os.path.dirname(path))


def _attend(connection: socket.socket) -> NoReturn:
    """One command: run it in a process of its own, tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, files, _, _ = socket.recv_fds(connection, _MESSAGE_MAX, 3)
    pid = os.fork()
    if pid == 0:
        _become(json.loads(message), files)
    _, status = os.waitpid(pid, 0)
    connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(asked: dict[str, object], files: list[int]) -> NoReturn:
    code: object = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.chdir(str(asked["cwd"]))
        os.environ.clear()
        os.environ.update(asked["env"])  # type: ignore[call-overload]
        sys.modules["__main__"] = program  # where typer takes the name of the program from
        sys.argv = [program.__file__, *asked["words"]]  # type: ignore[misc]
        program.main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    serve(sys.argv[1])
