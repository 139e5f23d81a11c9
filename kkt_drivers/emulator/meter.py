"""How busy an emulated FN was, by its own clock: the server that drives it has no say in these figures.

request arrives          answer leaves           request arrives
|<------ busy: wire + execution ------>|<-- idle -->|
"""

import msgspec


class Meter(msgspec.Struct):
    """Counts since the FN was switched on; a reader keeps the difference of two readings.

    ``due_s``: what wire and execution of all commands take by the FN's timing. ``busy_s``: from the arrival of each
    request to the leaving of its answer, so also what the emulator itself added; never less than ``due_s``.
    """

    commands: int = 0
    due_s: float = 0.0
    busy_s: float = 0.0
