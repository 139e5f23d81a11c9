"""Errors of the service as the dialect has them: HTTP status, code, words, type. Vendor's description of v4, chapter
8."""

from typing import Final

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """A row of the vendor's table. ``status`` stands beside the error where the table has one."""

    http: int
    text: str
    status: str | None = None
    type: str = "system"


UNDEFINED: Final = 0
NOT_PROCESSED: Final = 1
NO_TOKEN: Final = 10
EXPIRED_TOKEN: Final = 11
WRONG_PASSWORD: Final = 12
BAD_FIELDS: Final = 13
BLOCKED: Final = 14
OTHER_GROUP: Final = 20
OTHER_VERSION: Final = 21
UNKNOWN_UUID: Final = 30
UNKNOWN_OPERATION: Final = 31
BAD_DOCUMENT: Final = 32
REPEATED: Final = 33
NOT_READY: Final = 34
BAD_REQUEST: Final = 40
MEDIA_TYPE: Final = 41
SERVER: Final = 50

KINDS: Final[dict[int, Kind]] = {
    UNDEFINED: Kind(400, "Неизвестная ошибка", type="unknown"),
    NOT_PROCESSED: Kind(400, "Сервер не смог обработать входной чек", "fail"),
    NO_TOKEN: Kind(401, "Не распознан токен запроса"),
    EXPIRED_TOKEN: Kind(401, "Переданный токен не активен"),
    WRONG_PASSWORD: Kind(401, "Неверный логин или пароль"),
    BAD_FIELDS: Kind(400, "Ошибка валидации входящего запроса. Ошибочные поля : {0}"),
    BLOCKED: Kind(403, "Пользователь заблокирован"),
    OTHER_GROUP: Kind(401, "Код группы, указанный в запросе, не соответствует токену"),
    OTHER_VERSION: Kind(401, "Код группы не поддерживает данную версию протокола"),
    UNKNOWN_UUID: Kind(
        400, 'Передан некорректный UUID : "{0}". Необходимо повторить запрос с корректными данными', "fail"
    ),
    UNKNOWN_OPERATION: Kind(400, 'Операция "{0}" не поддерживается'),
    BAD_DOCUMENT: Kind(400, "Ошибка валидации входного чека. Ошибочные поля : {0}", "fail"),
    REPEATED: Kind(400, "В системе существует чек с external_id : {0} и group_code: {1}", "wait"),
    NOT_READY: Kind(200, "Состояние чека не найдено. Попробуйте позднее", "wait"),
    BAD_REQUEST: Kind(400, "Некорректный запрос"),
    MEDIA_TYPE: Kind(415, "Некорректный Content-Type: {0}"),
    SERVER: Kind(500, "Ошибка сервера. Обратитесь к Администратору"),
}


class ErrorBody(msgspec.Struct, frozen=True):
    """``type``: none, unknown, system, driver, timeout, agent. ``code`` is an integer, whatever the table looks
    like."""

    error_id: str
    code: int
    text: str
    type: str


class AtolError(Exception):
    """A refusal. ``uuid``: of the first document with the same external_id."""

    def __init__(self, code: int, *values: str, uuid: str | None = None) -> None:
        self.code = code
        self.kind = KINDS[code]
        self.text = self.kind.text.format(*values)
        self.uuid = uuid
        super().__init__(self.text)


class InvalidField(ValueError):
    """A field of a document breaks a rule; the words are what stands in error 32."""


def fault(rule: str, path: str, words: str = "") -> str:
    """One wrong field: ``NumberTooSmall: #/receipt.total``, the form that the vendor's sandbox answers.

    ``words``, ours, say what our own control found. Several are joined by ``FAULTS_BETWEEN`` (inferred).
    """
    return f"{rule}: #/{path} ({words})" if words else f"{rule}: #/{path}"


FAULTS_BETWEEN: Final = ", "
