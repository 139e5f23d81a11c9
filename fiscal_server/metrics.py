"""What Prometheus reads on the API's /metrics.

The API answers, but the dispatcher registers: numbers of several processes meet in one folder of small mapped files
(prometheus-client's multiprocess mode). `fiscal-server run` calls `share_between_processes` before it starts children;
a process started alone keeps its numbers in memory and serves only its own.

The folder is in memory where the machine has such a place: a mapped file on a full disk kills whoever writes to it
(SIGBUS, measured), and no number is worth a dispatcher.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""The framework says the character set of texts itself."""
_MEMORY = Path("/dev/shm")
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

# An FN takes 0.2 to 1.5 s for a document, a slow register 3 s; above 10 s something is wrong with the line.
_REGISTRATION_BUCKETS_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every metric of the service. Labels take few values by design: a merchant or an account is never a label."""

    registry: CollectorRegistry
    events_accepted: Counter
    """Billing events stored, by `kind` (charge, payment, ...)."""
    receipt_transitions: Counter
    """Receipts that changed state, by `source` and `target` state."""
    registration_seconds: Histogram
    """From the first byte of a receipt to the FN's answer, by `kkt`."""
    queued_receipts: Gauge
    """Receipts not yet final, by `cassette`; the last writer's number counts."""
    queue_seconds: Gauge
    """Until the queue of a `cassette` is through at its present speed; -1: receipts wait, and no slot works."""
    receipts_in_danger: Gauge
    """Receipts of a `cassette` that will miss their deadline at its present speed."""
    cassette_days_left: Gauge
    """Until the last FN of a `cassette` ends, as expected; -1: not within the horizon, or not known."""
    alarms: Gauge
    """Alarms of a `cassette` by `severity`."""
    kkts_held: Gauge
    """KKTs that a dispatch process works with, by its `node`."""
    leases_taken: Counter
    """KKTs taken over, by how they were found (`lease`: free, or silent: their owner had died)."""
    leases_lost: Counter
    """KKTs that another owner took while a dispatch process still had them in hand."""
    webhook_attempts: Counter
    """Messages sent to webhooks, by `outcome`: delivered or failed."""
    webhook_waiting: Gauge
    """Messages of webhooks that are not delivered yet."""
    webhooks_disabled: Gauge
    """Endpoints of webhooks that were given up."""


def _metrics() -> Metrics:
    registry = CollectorRegistry()
    return Metrics(
        registry=registry,
        events_accepted=Counter("fiscal_events_accepted", "Billing events stored", ["kind"], registry=registry),
        receipt_transitions=Counter(
            "fiscal_receipt_transitions", "Receipts that changed state", ["source", "target"], registry=registry
        ),
        registration_seconds=Histogram(
            "fiscal_registration_seconds",
            "From the first byte of a receipt to the answer of the FN",
            ["kkt"],
            buckets=_REGISTRATION_BUCKETS_S,
            registry=registry,
        ),
        queued_receipts=Gauge(
            "fiscal_queued_receipts",
            "Receipts not yet final",
            ["cassette"],
            multiprocess_mode="mostrecent",
            registry=registry,
        ),
        queue_seconds=_gauge("fiscal_queue_seconds", "Until the queue is through", "cassette", registry),
        receipts_in_danger=_gauge(
            "fiscal_receipts_in_danger", "Receipts that will miss their deadline", "cassette", registry
        ),
        cassette_days_left=_gauge("fiscal_cassette_days_left", "Until the last FN ends", "cassette", registry),
        alarms=_gauge("fiscal_alarms", "What a person should do something about", "cassette severity", registry),
        kkts_held=_gauge("fiscal_kkts_held", "KKTs in work", "node", registry),
        leases_taken=Counter("fiscal_leases_taken", "KKTs taken over", ["lease"], registry=registry),
        leases_lost=Counter("fiscal_leases_lost", "KKTs that another owner took", registry=registry),
        webhook_attempts=Counter(
            "fiscal_webhook_attempts", "Messages sent to webhooks", ["outcome"], registry=registry
        ),
        webhook_waiting=_gauge("fiscal_webhook_waiting", "Messages of webhooks that wait", "", registry),
        webhooks_disabled=_gauge("fiscal_webhooks_disabled", "Endpoints of webhooks given up", "", registry),
    )


def _gauge(name: str, words: str, labels: str, registry: CollectorRegistry) -> Gauge:
    """Of the whole installation: whoever looked last is right."""
    return Gauge(name, words, labels.split(), multiprocess_mode="mostrecent", registry=registry)


METRICS = _metrics()


# Looking labels up takes a lock each time; these are wanted for every receipt, and their labels are few.
@cache
def accepted(kind: str) -> Counter:
    """The counter of stored events of a kind."""
    return METRICS.events_accepted.labels(kind)


@cache
def transitions(source: str, target: str) -> Counter:
    """The counter of receipts that went from one state to another."""
    return METRICS.receipt_transitions.labels(source, target)


@cache
def registration_seconds(kkt: str) -> Histogram:
    """The times of one KKT."""
    return METRICS.registration_seconds.labels(kkt)


def render_metrics() -> bytes:
    """The text of /metrics (content type: CONTENT_TYPE): of all processes that share a folder, else of this one."""
    if _FOLDER_VARIABLE not in os.environ:
        return generate_latest(METRICS.registry)
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared)


def shared_folder(data_dir: Path) -> Path:
    """Where the processes of the installation in `data_dir` share their numbers."""
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    folder = _MEMORY / f"fiscal-server-{digest}"
    mine = not folder.exists() or folder.stat().st_uid == os.geteuid()
    return folder if mine and os.access(_MEMORY, os.W_OK) else data_dir / "metrics"


def share_between_processes(folder: Path) -> dict[str, str]:
    """Empty `folder` of the last run's numbers; returns the variable that children need in their environment."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return {_FOLDER_VARIABLE: str(folder)}
