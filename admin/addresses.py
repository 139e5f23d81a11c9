"""Where cards are: one place that knows, for templates and pages."""

from urllib.parse import quote

from admin.navigation import address
from fiscal_server.settings import ADMIN_PORT, Settings


def panel_url(settings: Settings) -> str:
    """Where people find the panel: links of mails begin so, whatever a request calls the host."""
    port = ADMIN_PORT if settings.admin_port == "auto" else settings.admin_port
    return settings.admin_url or f"http://{settings.admin_host}:{port}"


def receipt_address(merchant_id: int, receipt_id: int) -> str:
    """The card of a receipt."""
    return f"/receipts/{merchant_id}/{receipt_id}"


def account_address(merchant_id: int, code: str, **parameters: object) -> str:
    """The card of an account. A code that browsers would take for a step of the path goes as a parameter."""
    if "/" in code or "\\" in code or code.strip(".") == "":
        return address(f"/accounts/{merchant_id}", code=code, **parameters)
    return address(f"/accounts/{merchant_id}/{quote(code, safe='')}", **parameters)


def cassette_address(merchant_id: int, cassette_id: int) -> str:
    """The page of a cassette."""
    return f"/cassettes/{merchant_id}/{cassette_id}"


def kkt_address(merchant_id: int, kkt_id: int) -> str:
    """The card of a KKT."""
    return f"/kkts/{merchant_id}/{kkt_id}"
