"""What people read about the registration data of a KKT; all are msgids."""

from typing import Final

CHANGE_REASONS: Final[dict[str, str]] = {
    "ofd": "замена ОФД",
    "user_name": "изменение наименования пользователя",
    "place": "изменение адреса или места расчётов",
    "kkt_model_version": "изменение версии модели ККТ",
    "taxation_systems": "изменение перечня систем налогообложения",
    "other": "иные причины",
}
"""Tag 1205, those that the form can bring about; the names are those of ``Reason``."""

TAXATION_BITS: Final[dict[int, str]] = {
    1: "ОСН",
    2: "УСН доход",
    4: "УСН доход минус расход",
    16: "ЕСХН",
    32: "Патент",
}
"""Tag 1062; ЕНВД, bit 3, has ended."""
