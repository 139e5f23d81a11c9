"""The invented office: twelve people, its clients and what they are. The same seed gives the same."""

import random
from typing import Final

import msgspec

from accounting.office.clients import Payer, TaxProfile
from accounting.office.conditions import Fact
from admin.permissions import Role
from admin.storage.office.contacts import NewContact

DOMAIN: Final = "office.example"


class Worker(msgspec.Struct, frozen=True):
    """Somebody of the office; ``login`` before @ of the mail address."""

    login: str
    name: str
    roles: tuple[Role, ...]

    @property
    def email(self) -> str:
        """Leads nowhere: a name that is reserved for examples."""
        return f"{self.login}@{DOMAIN}"


PEOPLE: Final = (
    Worker("director", "Ирина Левченко", (Role.DIRECTOR, Role.SYSTEM_ADMINISTRATOR)),
    Worker("manager", "Павел Громов", (Role.MANAGER,)),
    Worker("auditor", "Зоя Климова", (Role.AUDITOR,)),
    Worker("lead1", "Анна Смирнова", (Role.LEAD_ACCOUNTANT,)),
    Worker("lead2", "Ольга Васильева", (Role.LEAD_ACCOUNTANT,)),
    Worker("lead3", "Марина Дроздова", (Role.DEPARTMENT_HEAD,)),
    Worker("tax1", "Сергей Кузьмин", (Role.ACCOUNTANT,)),
    Worker("tax2", "Елена Орлова", (Role.ACCOUNTANT,)),
    Worker("payroll1", "Наталья Белова", (Role.ACCOUNTANT,)),
    Worker("payroll2", "Дмитрий Фомин", (Role.ACCOUNTANT,)),
    Worker("primary1", "Юлия Носова", (Role.ACCOUNTANT,)),
    Worker("primary2", "Кирилл Зимин", (Role.ACCOUNTANT,)),
)
LEADS: Final = (3, 4, 5)
BY_ROLE: Final = {"tax": (6, 7), "payroll": (8, 9), "primary": (10, 11)}
"""Places in PEOPLE."""


class Company(msgspec.Struct, frozen=True):
    """A client and who serves it: places in PEOPLE by role."""

    name: str
    kind: str
    tax_number: str
    profile: TaxProfile
    served: dict[str, int]


GOLDEN: Final = TaxProfile(
    payer=Payer.ORG, systems=("USN_D",), with_employees=True,
    facts={"pays_individuals": True, "advance_kopecks": 3_640_000},
)  # fmt: skip
"""The company of the worked example: an LLC on the simplified system with four employees."""

_KINDS: Final[tuple[tuple[int, str, tuple[str, ...], bool, dict[str, Fact]], ...]] = (
    (30, "org", ("USN_D",), True, {"pays_individuals": True, "advance_kopecks": 2_000_000}),
    (18, "org", ("USN_DR",), True, {"pays_individuals": True, "advance_kopecks": 1_500_000}),
    (32, "org", ("OSNO",), True, {"pays_individuals": True, "vat_payer": True, "profit_mode": "quarterly"}),
    (12, "ip", ("USN_D",), False, {"income_kopecks": 50_000_000, "advance_kopecks": 300_000}),
    (8, "ip", ("USN_D",), True, {"pays_individuals": True, "advance_kopecks": 500_000, "income_kopecks": 60_000_000}),
)
_FIRST: Final = "Север Луч Парус Берег Маяк Клён Рубин Вектор Исток Гранит Ясень Орион Рассвет Компас Сокол"
_SECOND: Final = "Трейд Сервис Строй Дизайн Лайн Проект Логистик Медиа Техно Фарм Агро Текстиль Мебель Авто"
_SURNAMES: Final = "Антонов Борисов Волков Гусев Егоров Жуков Исаев Котов Лебедев Макаров Никитин Осипов Панов"


def make_companies(count: int, seed: int) -> list[Company]:
    """The golden one first."""
    rng = random.Random(seed)
    weights = [one[0] for one in _KINDS]
    made = [Company("ООО «Золотая чашка»", "org", invented_tax_number(rng, 10), GOLDEN, _served(0))]
    for number in range(1, count):
        _, kind, systems, employees, facts = rng.choices(_KINDS, weights)[0]
        payer = Payer.ORG if kind == "org" else Payer.IP
        profile = TaxProfile(payer=payer, systems=systems, with_employees=employees, facts=dict(facts))
        name = _name(rng, kind, number)
        made.append(
            Company(name, kind, invented_tax_number(rng, 10 if kind == "org" else 12), profile, _served(number))
        )
    return made


def _name(rng: random.Random, kind: str, number: int) -> str:
    if kind == "ip":
        first, second = rng.choices("АВГДЕИКЛМНОПРСТ", k=2)
        return f"ИП {rng.choice(_SURNAMES.split())} {first}. {second}. {number}"
    return f"ООО «{rng.choice(_FIRST.split())}-{rng.choice(_SECOND.split())} {number}»"


_PEOPLE: Final = (
    "Вадим Ершов", "Алла Синицына", "Тимур Галеев", "Нина Прохорова", "Глеб Ларин", "Софья Мирская", "Олег Дятлов",
    "Лариса Чайка", "Борис Гордеев", "Яна Туманова", "Эдуард Ковш", "Римма Осокина", "Степан Рощин", "Инна Вербова",
)  # fmt: skip


def contact_of(company: Company, place: int) -> NewContact:
    """Who gets what the client has to pay; one in twelve reads English. Telephones of a code that nobody has."""
    name = company.name.removeprefix("ИП ").rpartition(" ")[0] if company.kind == "ip" else ""
    return NewContact(
        name=name or _PEOPLE[place % len(_PEOPLE)],
        phones=(f"+7000{1000000 + place * 37}",),
        emails=(f"client{place}@client.example",),
        language="en" if place % 12 == 5 else "ru",
        preferred_channel="phone" if place % 5 == 2 else "email",
    )


def _served(number: int) -> dict[str, int]:
    lead = LEADS[number % len(LEADS)]
    return {"lead": lead, "manager": 1, **{role: places[number % 2] for role, places in BY_ROLE.items()}}


def invented_tax_number(rng: random.Random, digits: int) -> str:
    """With the check digits of FNS order ED-7-14/617: a number that looks right and belongs to nobody we know."""
    body = [int(one) for one in "99" + "".join(rng.choice("0123456789") for _ in range(7 if digits == 10 else 8))]
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    ones = (weights,) if digits == 10 else ((7, *weights), (3, 7, *weights))
    for one in ones:
        body.append(sum(a * b for a, b in zip(one, body, strict=True)) % 11 % 10)
    return "".join(map(str, body))
