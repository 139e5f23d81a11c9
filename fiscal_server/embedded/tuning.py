"""The server's configuration: one place, a reason each.

Written into the cluster anew at each start, so that an upgrade brings its settings to an old cluster. An operator's own
wishes go to data_dir/postgres.conf, which is read last and never touched.
"""

from pathlib import Path

# A small box: 2 cores, 4 GB, one SSD, shared with the API, the dispatcher and the panel.
DURABLE = {
    "listen_addresses": "''",  # no TCP: the socket folder's mode is the access control
    "max_connections": "100",  # pools of five processes, and room for psql
    "shared_buffers": "256MB",  # a day's hot rows of half a million accounts; leaves the rest to the page cache
    "effective_cache_size": "1GB",  # what the planner may expect of that page cache
    "work_mem": "16MB",  # sorts of report pages in memory; times connections it still fits into 4 GB
    "maintenance_work_mem": "128MB",  # index builds of migrations
    "huge_pages": "off",  # a small box has none reserved
    "synchronous_commit": "on",  # the promise: an answered commit survives the plug being pulled
    "full_page_writes": "on",  # likewise: no torn page after a crash
    "wal_compression": "off",  # pglz, the only one built in, cost a month close an eighth of its processor time
    "wal_buffers": "32MB",  # a bulk write's WAL between two rounds of the WAL writer: nobody stops to write it
    "max_wal_size": "2GB",  # a month's charges come in one hour: fewer checkpoints in it
    "min_wal_size": "256MB",  # files are recycled rather than made anew in the next rush
    "checkpoint_timeout": "10min",  # crash recovery stays below a minute
    "random_page_cost": "1.1",  # an SSD
    "jit": "off",  # queries are short; compiling them costs more than it saves
    "timezone": "'UTC'",  # stored and shown to programs in UTC; zones are for people
    "log_timezone": "'UTC'",
    "autovacuum_vacuum_scale_factor": "0.05",  # the queue table turns over many times a day
    "idle_in_transaction_session_timeout": "'5min'",  # a hung page must not hold back vacuum
    "log_min_duration_statement": "'1s'",  # slow queries name themselves
    "log_parameter_max_length": "0",  # and not whose: contacts and receipts are parameters
    "log_error_verbosity": "terse",  # a refused row is told in the details, likewise
    "log_checkpoints": "off",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    "password_encryption": "'scram-sha-256'",
}

# For tests and throw-away demonstrations: a crash may lose the cluster, and nobody minds.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "wal_level": "minimal",  # CREATE DATABASE and COPY into new tables write less
    "max_wal_senders": "0",  # needed by wal_level = minimal
    "autovacuum": "off",  # databases live for seconds
    "checkpoint_timeout": "1h",
    "max_connections": "200",  # several test workers, several pools each
}


def configuration(durable: bool, operators_file: Path) -> str:
    """Text of postgresql.conf."""
    chosen = DURABLE if durable else {**DURABLE, **FORGETFUL}
    lines = [f"{name} = {value}" for name, value in chosen.items()]
    if operators_file.exists():
        quoted = str(operators_file).replace("'", "''")
        lines.append(f"include = '{quoted}'")
    return "\n".join([f"# Written at each start; your own settings belong into {operators_file}.", *lines, ""])


# Who may connect: everybody who can enter the socket folder, which is the cluster's owner (and root). No TCP.
ACCESS = "local all all trust\n"
