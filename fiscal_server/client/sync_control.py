"""What the client asks of the server itself: webhooks, keys, registers, nodes.

Whatever would be done twice by a repeat goes under an Idempotency-Key of its own call.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from fiscal_server.client import calls
from fiscal_server.client.protocol import decode, new_key
from fiscal_server.client.sync_sending import Sending
from fiscal_server.client.types import (
    ApiKey,
    Cassette,
    DeviceOrder,
    KktOrder,
    NewApiKey,
    NewWebhook,
    Node,
    NodeList,
    ReceiptOrder,
    Secret,
    Webhook,
)


class Control(Sending):
    """Webhooks, keys, orders to registers and nodes."""

    def create_webhook(
        self, url: str, *, event_types: Collection[str] | None = None, description: str = ""
    ) -> NewWebhook:
        """Be told of what happens. Keep the secret: nothing shows it later."""
        return decode(self.send(calls.create_webhook(url, event_types, description, new_key())), NewWebhook)

    def webhooks(self) -> list[Webhook]:
        """All endpoints."""
        return decode(self.send(calls.list_webhooks()), list[Webhook])

    def change_webhook(self, webhook_id: str, **changes: Any) -> Webhook:
        """url, description, event_types, enabled."""
        return decode(self.send(calls.change_webhook(webhook_id, changes)), Webhook)

    def delete_webhook(self, webhook_id: str) -> None:
        """Be told nothing there any more."""
        self.send(calls.delete_webhook(webhook_id))

    def rotate_secret(self, webhook_id: str, *, overlap_hours: int = 24) -> Secret:
        """A new secret; both sign for a while."""
        return decode(self.send(calls.rotate_secret(webhook_id, overlap_hours, new_key())), Secret)

    def test_webhook(self, webhook_id: str) -> str:
        """Have a test message sent; gives its id."""
        return decode(self.send(calls.test_webhook(webhook_id, new_key())), dict[str, str])["message"]

    def replay(self, webhook_id: str, message: str) -> None:
        """Have a message sent once more."""
        self.send(calls.replay_message(webhook_id, message, new_key()))

    def replay_span(self, webhook_id: str, since: datetime, until: datetime) -> int:
        """Have sent once more what happened then; gives how many messages."""
        return decode(self.send(calls.replay_span(webhook_id, since, until, new_key())), dict[str, int])["replayed"]

    def api_keys(self) -> list[ApiKey]:
        """Every key of the merchant, newest first."""
        return decode(self.send(calls.list_keys()), list[ApiKey])

    def create_key(
        self, name: str, *, scopes: Collection[str] | None = None, expires_at: datetime | None = None
    ) -> NewApiKey:
        """A new key; its secret is shown here alone. After a lost answer an ApiProblem (409) names the key made."""
        return decode(self.send(calls.create_key(name, scopes, expires_at, new_key())), NewApiKey)

    def rotate_key(self, key_id: str, *, overlap_s: int = 86_400) -> NewApiKey:
        """A successor; the old key works on for a while. A lost answer is told as by ``create_key``."""
        return decode(self.send(calls.rotate_key(key_id, overlap_s, new_key())), NewApiKey)

    def revoke_key(self, key_id: str) -> ApiKey:
        """End a key now."""
        return decode(self.send(calls.revoke_key(key_id)), ApiKey)

    def order_kkt(self, kkt_id: str, kind: str, *, asked_by: str, reason: str, key: str | None = None) -> KktOrder:
        """pause, resume, close_shift, rotate, return_to_service, take_out or read_registration; answered later.

        take_out: the FN will never work again. It cannot be undone; ``unconfirmed`` in its answer: documents that the
        operator lacks.
        """
        return decode(self.send(calls.order_kkt(kkt_id, kind, asked_by, reason, key or new_key())), KktOrder)

    def change_registration(
        self, kkt_id: str, registration: Mapping[str, Any], *, asked_by: str, reason: str, key: str | None = None
    ) -> KktOrder:
        """Have a register report changed registration data (form 11); its dispatcher answers later."""
        body = {"registration": registration, "asked_by": asked_by, "reason": reason}
        return decode(self.send(calls.change_registration(kkt_id, body, key or new_key())), KktOrder)

    def kkt_order(self, kkt_id: str, order_id: str) -> KktOrder:
        """An order to a register, with its answer once there is one."""
        return decode(self.send(calls.get_kkt_order(kkt_id, order_id)), KktOrder)

    def order_receipt(
        self, receipt_id: str, kind: str, *, asked_by: str, reason: str, key: str | None = None, **evidence: Any
    ) -> ReceiptOrder:
        """retry or cancel a parked receipt, settle an uncertain one: with ``document``, None if it was not made."""
        body = {"asked_by": asked_by, "reason": reason, **evidence}
        return decode(self.send(calls.order_receipt(receipt_id, kind, body, key or new_key())), ReceiptOrder)

    def order_device(
        self, kind: str, *, node: int, asked_by: str, reason: str, key: str | None = None, **details: Any
    ) -> DeviceOrder:
        """find_devices, or add_kkt with ``kkt``; the node answers later."""
        body = {"kind": kind, "node": node, "asked_by": asked_by, "reason": reason, **details}
        return decode(self.send(calls.order_device(body, key or new_key())), DeviceOrder)

    def device_order(self, order_id: str) -> DeviceOrder:
        """An order to a node, with its answer once there is one."""
        return decode(self.send(calls.get_device_order(order_id)), DeviceOrder)

    def cassette(self, name: str) -> Cassette:
        """A cassette with its rules."""
        return decode(self.send(calls.get_cassette(name)), Cassette)

    def put_cassette_rules(self, name: str, rules: Mapping[str, Any]) -> Cassette:
        """Let it work by these rules; one that is left out has its default."""
        return decode(self.send(calls.put_cassette(name, "rules", rules)), Cassette)

    def put_cassette_work(self, name: str, *, parallel: int, close_archive: bool) -> Cassette:
        """How many slots work at once, and whether an FN that gave way is closed for good."""
        work = {"parallel": parallel, "close_archive": close_archive}
        return decode(self.send(calls.put_cassette(name, "work", work)), Cassette)

    def nodes(self) -> list[Node]:
        """Every dispatch node. For keys of operations."""
        return decode(self.send(calls.list_nodes()), NodeList).nodes

    def drain_node(self, number: int) -> Node:
        """Let a node give its KKTs back; it takes none until it is resumed. For keys of operations."""
        return decode(self.send(calls.move_node(number, "drain", new_key())), Node)

    def resume_node(self, number: int) -> Node:
        """Let a drained node take KKTs again. For keys of operations."""
        return decode(self.send(calls.move_node(number, "resume", new_key())), Node)
