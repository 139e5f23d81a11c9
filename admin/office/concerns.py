"""What somebody should see to, in words and with the page where it is done."""

from accounting.office.obligation_words import name_of_planned
from admin.navigation import address
from admin.office.powers import body_name
from admin.storage.office.attention import Concern
from admin.texts import say


def words_of(one: Concern) -> str:
    """Without the client and the day."""
    match one.kind:
        case "failed":
            return say("письмо о платеже не дошло или неизвестно, дошло ли")
        case "unconfirmed":
            return say("платёж не подтверждён, писем: {count}", count=one.count)
        case "no_sum":
            return say("суммы ещё нет: {name}", name=name_of_planned(one.detail)) + (
                f" (+{one.count - 1})" if one.count > 1 else ""
            )
        case "told_gone":
            return say("клиенту сказан платёж, которого больше нет: {name}", name=name_of_planned(one.detail)) + (
                f" (+{one.count - 1})" if one.count > 1 else ""
            )
        case "handbook":
            return say("справочник пора перечитать: {name}", name=one.detail)
        case "contract_renews":
            return say("договор {number} продлится сам: последний день отказаться", number=one.detail)
        case "contract_ends":
            return say("договор {number} заканчивается, следующий не подписан", number=one.detail)
        case "contract_over":
            return say("договор {number} закончился: продлить или закрыть", number=one.detail)
        case "power":
            return say("доверенность кончается или кончилась: {body}", body=body_name(one.detail))


def path_of(one: Concern) -> str:
    """Where it is seen to."""
    match one.kind:
        case "handbook":
            return f"/clients/{one.organisation_id}/handbooks/{one.handbook_id}"
        case "power":
            return f"/clients/{one.organisation_id}#powers"
        case "contract_renews" | "contract_ends" | "contract_over":
            return f"/contracts/{one.contract_id}"
        case "no_sum":
            return address("/slips/new", client=one.organisation_id)
        case _:
            return address("/slips", month=f"{one.day:%Y-%m}")
