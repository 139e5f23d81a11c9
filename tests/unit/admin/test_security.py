import pytest

from fiscal_server.settings import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "panel.example"])
def test_reachable_from_elsewhere(host: str) -> None:
    assert not is_loopback(host)
