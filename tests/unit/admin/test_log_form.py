"""What the panel's process says on stderr."""

import json
import subprocess
import sys

LOGGED = """
import logging
import threading
from pathlib import Path
from admin.app import create_admin_app
from fiscal_server.clock import SystemClock
from fiscal_server.log import configure_log
from fiscal_server.settings import Settings
configure_log("json", "info")
create_admin_app(Settings(data_dir=Path("/nowhere")), "postgresql://nowhere", SystemClock())
logging.getLogger("somebody").warning("line %d", 7)
assert threading.active_count() == 1, threading.enumerate()
"""


def test_what_libraries_log_in_the_panel_stays_in_our_own_form_and_needs_no_thread() -> None:
    said = subprocess.run([sys.executable, "-c", LOGGED], capture_output=True, text=True, check=True).stderr
    line = json.loads(said)
    assert (line["event"], line["room"], line["level"]) == ("line 7", "somebody", "warning")
