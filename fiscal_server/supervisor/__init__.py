"""The children of `fiscal-server run`: started in order, restarted when they die, and none outlives `run`.

    async with Supervisor(data_dir, on_event=print) as supervisor:
        await supervisor.start(database_spec)
        await supervisor.start(api_spec)
        await supervisor.wait_stopped()

What keeps a child from outliving us, whatever happens:

    we stop it              stop signal, wait, then SIGKILL to its whole process group     child.py
    it dies                 its group is swept (a web server's workers hold the port)      child.py
    we are killed -9        the kernel signals each child (PR_SET_PDEATHSIG)               launch.py
                            and the warden kills each group, grandchildren included        warden.py
"""

from fiscal_server.supervisor.errors import AlreadyRunning, ChildNotReady, SupervisorError
from fiscal_server.supervisor.run_state import RunState, read_run_state
from fiscal_server.supervisor.spec import Account, ChildSpec, accepts_connections
from fiscal_server.supervisor.supervisor import Supervisor

__all__ = [
    "Account",
    "AlreadyRunning",
    "ChildNotReady",
    "ChildSpec",
    "RunState",
    "Supervisor",
    "SupervisorError",
    "accepts_connections",
    "read_run_state",
]
