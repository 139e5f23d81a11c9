"""Who may become a client of the invented office: on every step of the way, some forgotten, a few won this month."""

import random
from datetime import date, timedelta
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.conditions import Fact
from accounting.office.leads import OPEN
from accounting.office.price import calculate
from accounting.office.tariff_texts import read_plan
from admin.office import intake, lead_steps
from admin.office.lead_steps import price_is_known
from admin.storage.office import leads, prices
from admin.storage.office.leads import LeadEvent
from admin.storage.office.prices import PriceFor
from fiscal_server.demo import office_tariffs
from fiscal_server.demo.office_making import Making, working_day
from fiscal_server.demo.office_tariffs import PLAN
from fiscal_server.demo.office_world import invented_tax_number

_MANAGER: Final = 1
_WAY: Final = ("log_contact", "qualify", "calculate", "send_proposal", "reply")
_PARTED: Final = ("lose", "defer", "merge", "convert")

_COUNTS: Final = {
    "new": 8, "contacted": 7, "qualified": 6, "calculated": 6, "proposal_sent": 5, "negotiating": 5, "defer": 3,
    "lose": 5, "merge": 1, "convert": 3,
}  # fmt: skip
"""How many stand where in the end."""

_NAMES: Final = "Мария Алексей Татьяна Виктор Светлана Игорь Надежда Роман Вера Константин Людмила Артём"
_SURNAMES: Final = "Ершова Галеев Синицына Ларин Прохорова Дятлов Мирская Гордеев Чайка Рощин Туманова Ковш"
_PATRONYMICS: Final = (
    "Львовна Ильич Олеговна Петрович Ивановна Юрьевич Павловна Глебович Борисовна Андреевич Марковна Степанович"
)
_NEEDS: Final = ("Бухгалтерия целиком.", "Зарплата и кадры.", "Отчётность, первичные документы ведут сами.", "")
_LED_BY: Final = {
    "recommendation": "наш клиент ООО «Золотая чашка»", "partner": "банк, отдел открытия счетов",
    "event": "встреча предпринимателей", "advertisement": "объявление в лифте",
}  # fmt: skip
_WORKS: Final = (
    ("Пекарня «Тёплый хлеб»", "пекарня и кафе", "ip", "УСН «доходы»"),
    ("ООО «Синий кит»", "детский бассейн", "org", "УСН «доходы»"),
    ("ООО «Монтаж-Север»", "монтаж вентиляции", "org", "ОСНО"),
    ("ООО «Зелёный двор»", "питомник растений", "org", "УСН «доходы минус расходы»"),
    ("Студия «Акварель»", "уроки рисования", "ip", "УСН «доходы»"),
    ("ООО «Быстрый склад»", "хранение товаров для маркетплейсов", "org", "УСН «доходы минус расходы»"),
    ("ООО «Тихая гавань»", "гостиница на двенадцать номеров", "org", "УСН «доходы»"),
    ("Мастерская «Дубок»", "мебель на заказ", "ip", "УСН «доходы»"),
    ("ООО «Точный вес»", "поверка весов", "org", "ОСНО"),
    ("ООО «Лесная аптека»", "аптека", "org", "УСН «доходы минус расходы»"),
    ("Автошкола «Вираж»", "обучение вождению", "org", "УСН «доходы»"),
    ("ООО «Кедр и Ко»", "оптовая торговля орехами", "org", "ОСНО"),
)
_REGIONS: Final = ("Москва", "Тверская область", "Ярославль", "Калуга", "Рязанская область")
_FEATURES: Final = (
    "Хотят перейти к нам с начала квартала.", "Бухгалтер увольняется в конце месяца.", "",
    "Учёт не вели полгода, нужно восстановить.", "Просят звонить после обеда.", "",
)  # fmt: skip
_TALKS: Final = (
    "Рассказали о себе, попросили цену.", "Есть касса и два сотрудника, отчётность сдают сами.",
    "Сравнивают нас с приходящим бухгалтером.", "Прислали список вопросов, ответили по телефону.",
)  # fmt: skip
_NEXT: Final = {
    "new": "Позвонить", "contacted": "Узнать систему и число сотрудников", "qualified": "Посчитать цену",
    "calculated": "Отправить предложение", "proposal_sent": "Спросить, что решили", "negotiating": "Обсудить договор",
}  # fmt: skip
_LOST: Final = (
    "Дорого.", "Взяли бухгалтера в штат.", "Не отвечают второй месяц.", "Закрывают фирму.", "Остались у прежних.",
)  # fmt: skip


class Made(msgspec.Struct, frozen=True):
    """A lead of the story: where it ends, and the day it came."""

    end: str
    number: int
    came: date


async def make_leads(making: Making, tariff: int) -> None:
    """In the order in which they came; ``tariff``: the version in force."""
    rng = making.chance("leads")
    ends = [end for end, count in _COUNTS.items() for _ in range(count)]
    rng.shuffle(ends)
    coming: list[tuple[date, int, str]] = []
    for place, end in enumerate(ends):
        days = rng.randint(1, 4) if end == "new" else rng.randint(12, 40)
        if end == "convert":
            days = 14 + place % 5
        came = working_day(making.today - timedelta(days=days + (3 if _is_forgotten(place) else 0)))
        coming.append((came, place, end))
    first: int | None = None
    for came, place, end in sorted(coming):
        made = Made(end, making.take(1)[0], came)
        await _come(making, rng, made, place)
        await _go(making, rng, made, place, tariff, first)
        first = first or made.number


def _is_forgotten(place: int) -> bool:
    return place % 4 == 1


async def _come(making: Making, rng: random.Random, made: Made, place: int) -> None:
    """As the form takes it."""
    title, activity, form, system = _WORKS[place % len(_WORKS)]
    title = title if place < len(_WORKS) else title.replace("»", f" {place // len(_WORKS) + 1}»")
    knows_more, names = place % 3 == 0, _NAMES.split()
    phone = f"+7 000 700 {place // 100:02d} {place % 100:02d}"
    tax_number = invented_tax_number(rng, 12 if form == "ip" else 10)
    tax_number = tax_number if place % 2 == 0 or made.end == "convert" else ""
    open_action = made.end == "new" and not _is_forgotten(place)
    source = rng.choice(list(lead_steps.SOURCES))
    start = (made.came.replace(day=1) + timedelta(days=62)).replace(day=1)
    new = lead_steps.read_lead(FormMultiDict({
        "surname": _SURNAMES.split()[place % 12], "patronymic": _PATRONYMICS.split()[place % 12] if knows_more else "",
        "messenger": f"Telegram @lead{place}" if place % 4 == 2 else "", "needs": rng.choice(_NEEDS),
        "source_detail": _LED_BY.get(source, ""), "expected_start": start.isoformat() if place % 3 else "",
        "consent_on": made.came.isoformat() if place % 5 else "",
        "name": names[place % len(names)], "organisation_name": title, "phone": phone, "tax_number": tax_number,
        "email": f"lead{place}@lead.example", "source": source,
        "legal_form": form if knows_more else "unknown", "tax_system": system if knows_more else "",
        "activity": activity if place % 2 else "", "features": rng.choice(_FEATURES),
        "what_next": _NEXT["new"] if open_action else "",
        "what_next_on": (making.today + timedelta(days=rng.randint(0, 2))).isoformat() if open_action else "",
    }), made.came)  # fmt: skip
    who = making.who(_MANAGER, made.came)
    owner = making.workers[_MANAGER if place % 3 else 0]
    new = msgspec.structs.replace(new, owner_id=owner)
    await leads.add_lead(making.db, made.number, new, made.came, who.now, who.person_id)
    event = LeadEvent(who.now, who.person, "create", "new", "")
    await leads.add_event(making.db, making.take(1)[0], made.number, event, who.person_id)


async def _go(making: Making, rng: random.Random, made: Made, place: int, tariff: int, first: int | None) -> None:
    """Step by step to where it ends; whoever parts does so somewhere on the way."""
    steps = list(_WAY[: OPEN.index(made.end)]) if made.end in OPEN else list(_WAY[: rng.randint(1, 4)])
    if made.end == "convert":
        steps = list(_WAY[:4])
    days = sorted(rng.randint(0, max((making.today - made.came).days - 2, 0)) for _ in steps)
    _, activity, form, system = _WORKS[place % len(_WORKS)]
    for step, after in zip(steps, days, strict=True):
        day = working_day(made.came + timedelta(days=after))
        day = max(day, made.came)
        if step == "calculate" and (made.end == "convert" or place % 2 == 0):
            await _price(making, rng, made, form, tariff, day)
            continue
        said = {"note": rng.choice(_TALKS) if step in ("log_contact", "reply") else ""}
        if step == "qualify":
            region = rng.choice(_REGIONS)
            said |= {"legal_form": form, "tax_system": system, "activity": activity, "region": region}
        if step == "calculate":
            until = making.today + timedelta(days=20)
            said |= {"fee": f"{rng.randint(8, 30)}000,00", "offer_until": until.isoformat()}
        await _step(making, made, step, said, day)
    await _end(making, rng, made, place, first)


async def _end(making: Making, rng: random.Random, made: Made, place: int, first: int | None) -> None:
    day = max(working_day(making.today - timedelta(days=2)), made.came)
    if made.end in OPEN[1:]:
        ahead = -rng.randint(6, 9) if _is_forgotten(place) else rng.randint(0, 6)
        when = making.today + timedelta(days=ahead)
        await leads.set_next_action(making.db, made.number, _NEXT[made.end], when)
    elif made.end == "defer":
        await _step(making, made, "defer", {"wake_on": (making.today + timedelta(days=30)).isoformat()}, day)
    elif made.end == "lose":
        await _step(making, made, "lose", {"note": rng.choice(_LOST)}, day)
    elif made.end == "merge" and first is not None:
        await _step(making, made, "merge", {"duplicate_of": str(first)}, day)
    elif made.end == "convert":
        await intake.convert(making.db, making.take, made.number, making.who(_MANAGER, day))


async def _step(making: Making, made: Made, step: str, said: dict[str, str], day: date) -> None:
    who = making.who(_MANAGER, day)
    form = FormMultiDict({"step": step, **said})
    await lead_steps.take_step(making.db, making.take(1)[0], made.number, step, form, who)


async def _price(making: Making, rng: random.Random, made: Made, form: str, tariff: int, day: date) -> None:
    """By the tariff, kept."""
    answers: dict[str, Fact] = {
        "legal_form": form, "tax_system": "USN_D" if form == "ip" else rng.choice(("USN_D", "USN_DR", "OSNO")),
        "employees": rng.randint(0, 12), "documents": rng.randint(40, 200), "bank_accounts": rng.randint(1, 2),
    }  # fmt: skip
    plan, who = read_plan(PLAN, office_tariffs.NAME, 2, day), making.who(_MANAGER, day)
    calculation = calculate(plan, answers, making.today + timedelta(days=20))
    number, event_id = making.take(2)
    author = (who.person_id, who.person)
    await prices.save_price(making.db, number, PriceFor(lead_id=made.number), tariff, calculation, who.now, author)
    await price_is_known(making.db, event_id, made.number, calculation, who)
