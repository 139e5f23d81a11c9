"""The questions of ``which``, in the order of asking. Texts are msgids."""

from typing import Final

from accounting.receipts.which.advice import Question

QUESTIONS: Final = (
    Question(
        "event",
        "Что произошло?",
        {
            "payment": "пришли деньги",
            "close": "закрыли месяц, услуга оказана",
            "refund_advance": "вернули переплату",
            "refund_service": "вернули деньги за оказанную услугу",
            "recalculation_down": "уменьшили прошлое начисление",
            "recalculation_up": "увеличили прошлое начисление",
            "write_off": "списали безнадежный долг",
            "counter_offset": "взаимозачет с абонентом",
            "transfer": "перенесли переплату на другой лицевой счет",
            "reversal": "банк отменил платеж",
            "missing": "чек забыли выдать",
            "wrong": "в выданном чеке ошибка",
            "superfluous": "чек выдан лишний",
        },
    ),
    Question(
        "payer",
        "Кто платит?",
        {
            "individual": "гражданин",
            "legal": "организация или предприниматель",
            "member": "член ТСЖ, ЖСК, которым оказывают услуги по уставу",
        },
    ),
    Question(
        "settled",
        "Чем было рассчитано начисление?",
        {
            "money": "деньгами, их вернут",
            "stays": "деньгами или переплатой, деньги остаются",
            "advance": "переплатой, деньги вернут",
            "unpaid": "не оплачено, чека «в долг» нет",
            "credit": "не оплачено, есть чек «в долг»",
        },
    ),
    Question(
        "way",
        "Как идут деньги?",
        {
            "cash": "наличные",
            "card_present": "карта или устройство предъявлены",
            "card_online": "карта на сайте",
            "bank_transfer": "перевод по реквизитам, приложение банка",
            "agent": "через платежного агента со своей кассой",
        },
    ),
    Question(
        "purpose",
        "За что деньги?",
        {
            "debt": "за долг, на который чека «в долг» не было",
            "credited": "за долг, на который уже есть чек «в долг»",
            "advance": "вперед, услуга не известна",
            "known_service": "вперед, за известную услугу",
            "penalty": "пени",
            "costs": "судебные расходы",
            "unknown": "плательщик не известен",
        },
    ),
    Question("covered", "Переплата покрывает начисление?", {"full": "всё", "part": "часть", "none": "нет"}),
    Question(
        "partial_delivery",
        "Как решено про частичное покрытие (partial_delivery)?",
        {"offset_only": "только зачет", "method5": "одной строкой", "split_lines": "двумя строками"},
    ),
    Question(
        "postpaid_mode",
        "Как решено про оплату потом (postpaid_mode)?",
        {"on_payment": "один чек при оплате", "credit_pair": "чек «в долг» и чек при оплате"},
    ),
    Question("formed", "Чек этого платежа уже сформирован?", {"yes": "да", "no": "нет"}),
    Question(
        "status", "Что с неверным чеком?", {"accepted": "принят налоговой", "quarantined": "не принят, в карантине"}
    ),
    Question("ffd", "Версия формата?", {"1.2": "ФФД 1.2", "1.05": "ФФД 1.05"}),
    Question("sign", "Что было пропущено?", {"income": "приход", "return": "возврат прихода"}),
)
