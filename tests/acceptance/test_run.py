"""``fiscal-server run`` as its users start it: everything up, everything down, and all as it was at the next start."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fiscal_server.demo.devices import free_port
from fiscal_server.metrics import shared_folder
from tests.storage.scene import RULES
from tests.waiting import wait_until

START_WITHIN_S = 60.0


class Installation:
    """A data folder with its ports, and the program in it."""

    def __init__(self, folder: Path) -> None:
        self.api = f"http://127.0.0.1:{(api := free_port())}"
        self.admin = f"http://127.0.0.1:{(admin := free_port())}"
        self.folder = folder
        ports = {"FISCAL_API_PORT": str(api), "FISCAL_ADMIN_PORT": str(admin)}
        self.env = {**os.environ, "FISCAL_DATA_DIR": str(folder / "data"), "NO_COLOR": "1", **ports}

    def call(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "fiscal_server", *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        output = (self.folder / "output").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "fiscal_server", "run"], env=self.env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until(lambda: process.poll() is not None or "Ctrl-C stops" in self.output(), START_WITHIN_S)
            assert process.poll() is None, self.output()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)
            output.close()

    def output(self) -> str:
        return (self.folder / "output").read_text()

    def get(self, url: str, key: str = "") -> tuple[int, bytes]:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()


def test_run_brings_everything_up_and_finds_all_as_it_was(open_folder: Path) -> None:
    here = Installation(open_folder)
    merchant = open_folder / "merchant.json"
    merchant.write_text(
        json.dumps({"name": "Пример", "rules": RULES, "place": "https://provider.example", "address": "Москва"})
    )
    with here.running() as process:
        assert here.api in here.output()
        assert here.admin in here.output()
        assert json.loads(here.get(f"{here.api}/health/ready")[1]) == {"status": "ready"}
        assert here.get(here.admin)[0] == 200
        created = here.call("merchant", "create", str(merchant))
        assert created.returncode == 0, created.stderr
        key = here.call("apikey", "create", "--merchant", "Пример").stdout.strip()
        assert here.get(f"{here.api}/v1/receipts", key) == (200, b'{"receipts":[],"next":null}')
        second = here.call("run")
        assert second.returncode == 1
        assert "already runs" in second.stderr
        assert shared_folder(here.folder / "data").is_dir()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert not shared_folder(here.folder / "data").exists()
    with here.running():
        assert here.get(f"{here.api}/v1/receipts", key)[0] == 200
    assert here.call("apikey", "create", "--merchant", "Пример").stdout.startswith("fs_"), (
        "also without a running server"
    )


def test_a_taken_port_and_a_misspelt_setting_are_named(open_folder: Path) -> None:
    here = Installation(open_folder)
    here.env["FISCAL_API_PRT"] = "1"
    refused = here.call("run")
    assert refused.returncode == 2
    assert "FISCAL_API_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr
