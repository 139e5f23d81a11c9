"""Errors of the supervisor. Their text is for the user: print it without a traceback.

SupervisorError
├── AlreadyRunning    another `run` owns this data folder
├── ChildNotReady     a child died or stayed silent while starting, several times
└── StopRequested     Ctrl-C while children were starting; `async with Supervisor` swallows it
"""


class SupervisorError(Exception):
    """`run` cannot go on."""


class AlreadyRunning(SupervisorError):
    """Another `fiscal-server run` owns this data folder."""


class ChildNotReady(SupervisorError):
    """A child does not come up. The message ends with the last lines of its log."""


class StopRequested(SupervisorError):
    """Asked to stop while still starting."""
