"""Orders to correct and to restore, in people's words."""

from typing import Final

from admin.words import Wording
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.order_states import OrderState

KINDS: Final = {"correction": "исправление", "restoration": "восстановление"}
ORDERS: Final = {
    OrderState.ISSUING: Wording("оформляется", "документы ждут кассу или оформляются", "busy"),
    OrderState.PARKED: Wording("ждёт человека", "касса отказала или не ответила: решите судьбу чека", "bad"),
    OrderState.ISSUED: Wording("оформлено", "у всех документов есть номер ФД", "good"),
    OrderState.CANCELLED: Wording("отменено", "ни одного документа не будет", "quiet"),
}
JOBS: Final = {
    CloseState.PREVIEWING: Wording("проверяется", "только подсчёт: ничего не записывается", "busy"),
    CloseState.PREVIEWED: Wording("проверено", "подсчёт закончен, ничего не записано", "good"),
    CloseState.RUNNING: Wording("идёт", "события восстанавливаются по тысяче", "busy"),
    CloseState.STOPPED: Wording("остановлено", "восстановленное остаётся, остальное ждёт", "warn"),
    CloseState.FAILED: Wording("не вышло", "устраните причину и продолжите", "bad"),
    CloseState.FINISHED: Wording("закончено", "все события восстановлены или пропущены", "good"),
    CloseState.CANCELLED: Wording("отменено", "ничего не записано", "quiet"),
}
FORMS: Final = {
    "cash": "наличными",
    "electronic": "безналичными",
    "prepaid": "зачёт аванса",
    "credit": "в долг",
    "provision": "иначе",
}
FORM_TAGS: Final = {"cash": "1031", "electronic": "1081", "prepaid": "1215", "credit": "1216", "provision": "1217"}
