"""A small model of an FN: what it allows and what it holds, written from FN protocol 4 and 7."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.kkt import FnPhase

SHIFT = timedelta(hours=24)
BACKLOG = timedelta(days=30)
MAX_REGISTRATIONS = 12


@dataclass(frozen=True)
class Wanted:
    """A document that somebody asks for."""

    form: DocumentForm
    total_kopecks: int | None = None
    order_id: str | None = None


@dataclass
class FnModel:
    """Documents in their order; everything else follows from them."""

    ffd: FfdVersion
    documents: list[Wanted] = field(default_factory=list)
    made_at: list[datetime] = field(default_factory=list)
    confirmed: int = 0

    def forms(self) -> list[DocumentForm]:
        return [document.form for document in self.documents]

    @property
    def phase(self) -> FnPhase:
        if not self.documents:
            return FnPhase.READY
        if DocumentForm.FN_CLOSING not in self.forms():
            return FnPhase.FISCAL
        return FnPhase.POST_FISCAL if self.unsent else FnPhase.ARCHIVE

    @property
    def unsent(self) -> int:
        return len(self.documents) - self.confirmed

    @property
    def shift_number(self) -> int:
        return self.forms().count(DocumentForm.SHIFT_OPENING)

    @property
    def shift_open(self) -> bool:
        return self.shift_number > self.forms().count(DocumentForm.SHIFT_CLOSING)

    @property
    def receipts(self) -> int:
        """In the open shift."""
        forms = self.forms()
        opening = len(forms) - 1 - forms[::-1].index(DocumentForm.SHIFT_OPENING)
        return sum(form in (DocumentForm.RECEIPT, DocumentForm.CORRECTION_RECEIPT) for form in forms[opening:])

    def opened_at(self) -> datetime:
        openings = [
            at for at, form in zip(self.made_at, self.forms(), strict=True) if form is DocumentForm.SHIFT_OPENING
        ]
        return openings[-1]

    def allows(self, wanted: Wanted, at: datetime) -> bool:
        """Would a whole FN make it?"""
        fiscal, free = self.phase is FnPhase.FISCAL, not self.shift_open
        backlog = self.unsent > 0 and at - self.made_at[self.confirmed] > BACKLOG
        match wanted.form:
            case DocumentForm.REGISTRATION:
                return self.phase is FnPhase.READY
            case DocumentForm.RE_REGISTRATION:
                registrations = self.forms().count(DocumentForm.RE_REGISTRATION) + 1
                return fiscal and free and registrations < MAX_REGISTRATIONS
            case DocumentForm.SHIFT_OPENING:
                return fiscal and free and not backlog
            case DocumentForm.SHIFT_CLOSING:
                return fiscal and not free and not backlog
            case DocumentForm.SETTLEMENTS_REPORT:
                inside = self.ffd is not FfdVersion.FFD_1_05
                return (fiscal and (free or inside)) or self.phase is FnPhase.POST_FISCAL
            case DocumentForm.FN_CLOSING:
                return fiscal and free
            case _:
                return fiscal and not free and not backlog and at <= self.opened_at() + SHIFT

    def make(self, wanted: Wanted, at: datetime) -> None:
        self.documents.append(wanted)
        self.made_at.append(at)
