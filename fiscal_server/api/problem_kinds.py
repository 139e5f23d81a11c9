"""Every kind of problem that the API answers with: the one table of ``/problems/<kind>``.

A kind is for programs and never changes; its title stands in the answer, what it means and what to do on its page.
"""

from typing import Final

import msgspec


class ProblemKind(msgspec.Struct, frozen=True):
    """A kind. ``meaning`` and ``advice`` are msgids (Russian), said in the reader's language."""

    name: str
    status: int
    title: str
    meaning: str
    advice: str

    @property
    def uri(self) -> str:
        """The ``type`` of RFC 9457, relative to the API's own address."""
        return f"/problems/{self.name}"


_ALL: Final = (
    ProblemKind(
        "bad-request",
        400,
        "Bad Request",
        "Параметр адреса или заголовок не такой, каким должен быть, или его не хватает.",
        "Исправьте то, что названо в errors: field — имя параметра, reason — что с ним не так.",
    ),
    ProblemKind(
        "invalid-case",
        400,
        "A case says what its format does not allow",
        "Один из случаев для расчёта чеков нельзя прочитать; ничего не посчитано.",
        "Исправьте поле, названное в errors, и пришлите случаи ещё раз.",
    ),
    ProblemKind(
        "unauthorized",
        401,
        "Unauthorized",
        "Запрос пришёл без ключа, или такого ключа нет, он отозван или его срок вышел.",
        "Пришлите заголовок Authorization: Bearer и действующий ключ. Новый ключ выдаёт администратор сервера.",
    ),
    ProblemKind(
        "forbidden",
        403,
        "Forbidden",
        "Ключ действует, но этого ему нельзя: не хватает права, названного в detail.",
        "Возьмите ключ с этим правом. Права у ключа не меняются: делают новый ключ.",
    ),
    ProblemKind(
        "not-found",
        404,
        "Not Found",
        "По этому адресу ничего нет, или это принадлежит другой организации.",
        "Проверьте адрес и номер. Всё, что отвечает этот сервер, перечислено на странице /schema.",
    ),
    ProblemKind(
        "unknown-key",
        404,
        "There is no such key",
        "У организации нет ключа с таким номером.",
        "Номера ключей отвечает GET /v1/keys. Нужен номер ключа, а не сам ключ.",
    ),
    ProblemKind(
        "unknown-kkt",
        404,
        "There is no such KKT",
        "У организации нет кассы с таким номером.",
        "Номера касс отвечает GET /v1/kkts.",
    ),
    ProblemKind(
        "unknown-receipt",
        404,
        "There is no such receipt",
        "У организации нет чека с таким номером.",
        "Номера чеков отвечает GET /v1/receipts.",
    ),
    ProblemKind(
        "unknown-merchant",
        404,
        "There is no such merchant",
        "По этому ключу нет организации с таким номером.",
        "Ключ видит только свою организацию: возьмите её номер или её ключ.",
    ),
    ProblemKind(
        "method-not-allowed",
        405,
        "Method Not Allowed",
        "Этот адрес есть, но так с ним не обращаются.",
        "Методы, которые здесь есть, названы в заголовке Allow.",
    ),
    ProblemKind(
        "body-too-slow",
        408,
        "The body came too slowly",
        "Тело запроса шло слишком медленно или остановилось; ничего не сделано.",
        "Пришлите тот же запрос ещё раз, с тем же Idempotency-Key.",
    ),
    ProblemKind(
        "idempotency-conflict",
        409,
        "This Idempotency-Key was used for another body",
        "С этим Idempotency-Key уже приходил другой запрос; этот не выполнен.",
        "Для нового запроса возьмите новый ключ. Если это повтор, пришлите в точности то же, что и в первый раз.",
    ),
    ProblemKind(
        "cannot-explain",
        409,
        "The receipt cannot be explained from its account's history",
        "По истории лицевого счёта сегодня получается другой чек, чем выдан, поэтому объяснения не будет.",
        "Чек остаётся в силе. Причина в detail: обычно с тех пор сменились правила организации.",
    ),
    ProblemKind(
        "close-refused",
        409,
        "The month close cannot do this now",
        "Месяц нельзя закрыть, или закрытие нельзя отменить или продолжить, пока дела стоят так.",
        "Прочитайте detail и посмотрите, где закрытие: GET /v1/period-closes/{id}.",
    ),
    ProblemKind(
        "order-refused",
        409,
        "This cannot be done as things stand",
        "Распоряжение не подходит к тому, в каком состоянии его предмет сейчас; ничего не сделано.",
        "Прочитайте detail, посмотрите состояние и решите заново.",
    ),
    ProblemKind(
        "key-refused",
        409,
        "This cannot be done with the key",
        "Ключ нельзя выдать, сменить или отозвать так, как просят.",
        "Прочитайте detail. Отозванный или сменённый ключ не меняют: выдают новый.",
    ),
    ProblemKind(
        "precondition-failed",
        412,
        "Precondition Failed",
        "То, что вы меняете, с тех пор изменил кто-то другой: ETag уже не тот, что в If-Match.",
        "Прочитайте заново, внесите изменение ещё раз и пришлите новый ETag.",
    ),
    ProblemKind(
        "body-too-large",
        413,
        "The body is too large",
        "Тело запроса больше, чем здесь принимают, — как прислано или после распаковки.",
        "Разделите его на несколько запросов. Предел пакета: 100000 событий и 64 МиБ.",
    ),
    ProblemKind(
        "unsupported-body",
        415,
        "The body is of a kind that is not read here",
        "Такой Content-Type или Content-Encoding здесь не читают, или сжатое тело повреждено.",
        "Пришлите JSON, NDJSON или MessagePack, без сжатия или в gzip или zstd.",
    ),
    ProblemKind(
        "request-rejected",
        422,
        "The request says what cannot be done; nothing was stored",
        "Запрос можно прочитать, но сделать то, что в нём сказано, нельзя.",
        "Причины с полями — в errors. Исправьте их и пришлите запрос ещё раз.",
    ),
    ProblemKind(
        "batch-rejected",
        422,
        "The batch was refused and nothing was stored",
        "В пакете есть ошибки, и он не принят целиком.",
        "В errors названа каждая: место события, ключ, поле, причина. Исправьте их и пришлите пакет с новым "
        "Idempotency-Key, или примите остальное с on_error=skip.",
    ),
    ProblemKind(
        "correction-rejected",
        422,
        "The order cannot be carried out and nothing was stored",
        "Исправить или восстановить чеки так, как прислано, нельзя; ничего не записано.",
        "В errors названа каждая причина: field — где она, reason — что мешает. Исправьте и пришлите ещё раз.",
    ),
    ProblemKind(
        "import-refused",
        422,
        "The file was refused and nothing was stored",
        "Выписку или реестр нельзя принять: файл повреждён, другого вида, или его итоги не сходятся.",
        "Причины — в errors. Выберите другой адаптер или попросите у банка файл заново.",
    ),
    ProblemKind(
        "invalid-body",
        422,
        "The body cannot be read and nothing was done",
        "Тело запроса не того вида, который здесь нужен.",
        "В errors названо поле и причина; вид тела с примером показан на странице /schema.",
    ),
    ProblemKind(
        "too-many-requests",
        429,
        "This key came more often than it may",
        "С этим ключом запросы приходят чаще, чем разрешено; этот не выполнен.",
        "Подождите столько секунд, сколько в заголовке Retry-After. Сколько осталось, всегда говорит RateLimit. "
        "События присылайте пакетами: в одном их может быть 100000.",
    ),
    ProblemKind(
        "internal",
        500,
        "The server could not do this",
        "Ошибка сервера. Ничего не записано.",
        "Сообщите администратору сервера номер из заголовка X-Request-Id: с ним причина стоит в журнале. "
        "Повторить можно с тем же Idempotency-Key.",
    ),
    ProblemKind(
        "overloaded",
        503,
        "There is no room for this now",
        "Сейчас сервер читает слишком много больших тел сразу; это не прочитано.",
        "Пришлите тот же запрос ещё раз через столько секунд, сколько в Retry-After.",
    ),
    ProblemKind(
        "database-unavailable",
        503,
        "The database does not answer",
        "База данных сейчас не отвечает. Ничего не записано.",
        "Пришлите тот же запрос ещё раз через столько секунд, сколько в Retry-After, с тем же Idempotency-Key.",
    ),
)

KINDS: Final[dict[str, ProblemKind]] = {kind.name: kind for kind in _ALL}
"""By name."""
