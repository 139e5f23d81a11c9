"""What people of the invented office wrote down: handbooks about clients, and the time that cases took."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from admin.storage.office import handbooks
from admin.storage.office.handbooks import Author, NewEntry, NewHandbook, Place
from admin.storage.office.sight import Sight, let_see
from fiscal_server.demo.office_making import Client, Gathered, Making
from fiscal_server.demo.office_world import LEADS, PEOPLE

_OUTLINE: Final = "## Чем занимается\n\n## Особенности\n\n## С кем говорить"
_BOOKS: Final = (
    ("Особенности учёта", _OUTLINE, True),
    ("Доступы и подписи", "", False),
    ("Зарплата и кадры", "", True),
)
_OWN: Final = "Мои заметки"

_SPECIAL: Final = (
    "## Чем занимается\n\nРозница и доставка.\n\n## Особенности\n\n- Эквайринг приходит за вычетом комиссии.\n"
    "- Аренда у **физического лица**: не забыть НДФЛ.\n\n## С кем говорить\n\nС директором, после 14:00.",
    "## Чем занимается\n\nУслуги организациям.\n\n## Особенности\n\n- Акты подписывают раз в квартал.\n"
    "- Аванс от главного покупателя: смотреть счёт 62.02.\n\n## С кем говорить\n\nДокументы шлёт офис-менеджер.",
    "## Чем занимается\n\nСтроительство.\n\n## Особенности\n\n- Материалы списываем по объектам.\n"
    "- Субподрядчики на патенте, проверять сроки.\n\n## С кем говорить\n\nСо сметчиком о первичных документах.",
)
_ACCESS: Final = (
    "Банк: доступ на просмотр.\n\nПодпись: токен **у нас в сейфе**, пароль знает ведущий бухгалтер.",
    "Банк: выписки присылает клиент по понедельникам.\n\nПодпись у директора, подписывает сам.",
)
_PAY: Final = (
    "Аванс 20-го, зарплата 5-го. Двое на удалённой работе.",
    "Аванс 25-го, зарплата 10-го. Премии раз в квартал по приказу.",
    "Сменный график, табель присылают в последний день месяца.",
)
_NOTES: Final = ("Просили поздравить с юбилеем фирмы.", "Лучше писать, чем звонить.", "Думают о переходе на ОСНО.")


async def make_handbooks(making: Making, clients: Sequence[Client]) -> None:
    """Three of everybody's and one of a lead accountant's own, which she alone reads."""
    rng, gathered = making.chance("handbooks"), Gathered()
    lead, begun = LEADS[0], making.at(making.start)
    author = Author(making.workers[lead], PEOPLE[lead].name, begun)
    numbers = making.take(len(_BOOKS))
    for number, (name, outline, in_card) in zip(numbers, _BOOKS, strict=True):
        new = NewHandbook(name=name, owner_id=None, show_in_card=in_card, outline=outline)
        await handbooks.add_handbook(making.db, number, new, author)
    for client in clients:
        company = client.company
        leads = Author(making.workers[company.served["lead"]], PEOPLE[company.served["lead"]].name, begun)
        for book, texts, part in zip(numbers, (_SPECIAL, _ACCESS, _PAY), (0.8, 0.5, 0.6), strict=True):
            wrote, text, review = rng.random() < part, rng.choice(texts), rng.randint(-12, 300)
            if not wrote or (texts is _PAY and not company.profile.with_employees):
                continue
            review_by = making.today + timedelta(days=review) if texts is not _PAY else None
            entry = NewEntry(text=text, review_by=review_by, pinned=texts is _SPECIAL and review % 9 == 0)
            await handbooks.write_entry(gathered.db, making.take(1)[0], Place(book, client.number), entry, leads, 0)
    await gathered.send(making.db)
    await let_see(making.db, Sight(person_id=author.id, today=making.today, all=True))
    own = making.take(1)[0]
    await handbooks.add_handbook(making.db, own, NewHandbook(name=_OWN, owner_id=author.id, show_in_card=True), author)
    mine = [one for one in clients if one.company.served["lead"] == lead]
    for client, note in zip(mine, _NOTES, strict=False):
        entry = NewEntry(text=note, review_by=_soon(making.today))
        await handbooks.write_entry(making.db, making.take(1)[0], Place(own, client.number), entry, author, 0)
    await let_see(making.db, Sight(person_id=None, today=making.today, all=True))


def _soon(today: date) -> date:
    return today + timedelta(days=14)
