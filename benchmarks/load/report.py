"""The report of a load run: a page of words and figures, and its plots."""

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from benchmarks.load.stages import Measured
from benchmarks.plot import keep_plot, line_plot


class Outcome(msgspec.Struct, frozen=True):
    """A run. ``copied_a_second``: rows of payments that COPY alone brings into the same tables, the same connections;
    ``batch``: payments of a batch; ``ready_s``: from the start of the api process to its first answer;
    ``idle_bytes``: its resident memory then; ``flames``: graphs drawn of the api process beside the figures, by the
    request that they are of."""

    copied_a_second: float
    batch: int
    ready_s: float
    idle_bytes: int
    stages: list[Measured]
    flames: dict[str, str] = {}

    @property
    def payments_a_second(self) -> float:
        """Accepted and committed over HTTP. Raises StopIteration when there is no such stage."""
        return self.batch * next(stage.main for stage in self.stages if stage.plan.name == "billing").a_second


def write_report(outcome: Outcome, day: date, folder: Path, command: str) -> Path:
    """Into ``folder``: report.md and an SVG of rate and of waiting for each stage."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [picture for stage in outcome.stages for picture in _plots(stage, folder)]
    share = outcome.payments_a_second / outcome.copied_a_second
    lines = [
        "# Load",
        "",
        f"{day:%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores for the server and the generator together:",
        f"`{command}`.",
        "",
        f"Start to ready {outcome.ready_s:.2f} s (target 1.5), then {outcome.idle_bytes / 2**20:.0f} MiB (target 120).",
        f"Payments {outcome.payments_a_second:,.0f} a second, {share:.0%} of COPY of the same rows "
        f"({outcome.copied_a_second:,.0f} a second; target 30 %).",
        "",
        "| stage | request | sent | failed | a second | median, ms | p99, ms |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {stage.plan.name} | {one.name} | {one.requests} | {one.failures} | {one.a_second:,.1f} "
            f"| {one.median_ms:g} | {one.p99_ms:g} |"
            for stage in outcome.stages
            for one in stage.counted
        ),
        "",
        *_cores(outcome.stages),
        "",
        *(f"[Where the api process spends its time: {request}]({name})\n" for request, name in outcome.flames.items()),
        *(f"![{words}]({path.name})" for words, path in pictures),
        "",
    ]
    path = folder / "report.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _cores(stages: Sequence[Measured]) -> list[str]:
    parts = list(stages[0].cores)
    rows = [
        f"| {stage.plan.name} | " + " | ".join(f"{stage.cores[part]:.2f}" for part in parts) + " |" for stage in stages
    ]
    return ["Processors used:", "", f"| stage | {' | '.join(parts)} |", "|---" * (len(parts) + 1) + "|", *rows]


def _plots(stage: Measured, folder: Path) -> list[tuple[str, Path]]:
    if not stage.moments:
        return []
    name, request = stage.plan.name, stage.plan.request
    of_rate = line_plot(
        f"{name}: {request}", "second", "a second", {"rate": [(at, rate) for at, rate, _ in stage.moments]}
    )
    of_wait = line_plot(f"{name}: {request}", "second", "p99, ms", {"p99": [(at, p99) for at, _, p99 in stage.moments]})
    file = "-".join(word for word in name.split() if word.isalnum())
    return [
        (f"{name}: requests a second", keep_plot(folder / f"{file}-rate.svg", of_rate)),
        (f"{name}: p99", keep_plot(folder / f"{file}-p99.svg", of_wait)),
    ]
