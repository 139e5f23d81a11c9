"""Cases in people's words. All texts are msgids."""

from typing import Final

from admin.storage.office.cases import CaseRow
from admin.texts import say

CASE_STATES: Final = {
    "planned": "запланировано",
    "open": "к работе",
    "in_progress": "в работе",
    "waiting": "ждём",
    "review": "на проверке",
    "ready": "готово к отправке",
    "submitted": "отправлено",
    "done": "сделано",
    "not_required": "не требуется",
    "cancelled": "отменено",
}
STEPS: Final = {
    "open": "К работе",
    "start": "Начать",
    "wait": "Ждать",
    "resume": "Продолжить",
    "submit_for_review": "На проверку",
    "return": "Вернуть",
    "approve": "Проверено",
    "make_ready": "Готово к отправке",
    "submit": "Отправлено",
    "accept": "Принято",
    "reject": "Отказ",
    "complete": "Сделано",
    "waive": "Не требуется",
    "cancel": "Отменить",
    "reopen": "Вернуть в работу",
}
EVENTS: Final = {
    "replan": "Пересчитан срок",
    "part": "Закрыта своя часть",
    "handed": "Передано",
    "point": "Пункт списка",
    "file": "Файл",
    "file_removed": "Файл убран",
    "created": "Создано",
    "blocked": "Ждёт другого дела",
    "unblocked": "Больше не ждёт дела",
    "freed": "Можно продолжать: закрыто дело",
}
KINDS: Final = {
    "obligation": "обязательство",
    "one_off": "разовое",
    "request": "запрос",
    "internal": "внутреннее",
}
MODES: Final = {
    "one": "один исполнитель",
    "all": "несколько: закрывает каждый свою часть",
    "any": "несколько: закрывает первый",
    "ordered": "несколько: по очереди",
}
WAITS_FOR: Final = {"client": "клиента", "authority": "орган", "colleague": "коллегу"}
PROJECT_STATES: Final = {
    "draft": "черновик",
    "active": "идёт",
    "on_hold": "отложен",
    "done": "завершён",
    "cancelled": "отменён",
}
NEXT_PROJECT_STATES: Final = {
    "draft": ("active", "cancelled"),
    "active": ("on_hold", "done", "cancelled"),
    "on_hold": ("active", "cancelled"),
    "done": ("active",),
    "cancelled": (),
}
"""Where a project may go (office domain 3.13); one that was ended too early goes on."""


def spent(minutes: int) -> str:
    """200 -> «3 ч 20 мин»."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return say("{minutes} мин", minutes=rest)
    return say("{hours} ч {minutes} мин", hours=hours, minutes=f"{rest:02}") if rest else say("{hours} ч", hours=hours)


def kept_people(one: CaseRow) -> dict[str, str]:
    """What stands in the form that hands a case over, by the names of its fields."""
    return {"owner": str(one.owner_id or ""), "reviewer": str(one.reviewer_id or "")}


def kept_estimate(one: CaseRow) -> dict[str, str]:
    """What stands in the form of the estimate, by the names of its fields."""
    hours, minutes = divmod(one.estimate_minutes or 0, 60)
    return {"hours": str(hours or ""), "minutes": str(minutes or "")}
