"""Where messages may go."""

import ipaddress

import pytest

from fiscal_server.public_addresses import is_public
from fiscal_server.webhooks.addresses import AddressRefused, check_url

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
    "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2a00:1450:4010:c05::64", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_private_networks_are_known_however_they_are_wrapped(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("https://billing.example/hook", "https://billing.example/hook"),
        ("https://Billing.Example", "https://billing.example/"),
        ("https://billing.example:8443/a/b?c=d&e=%20", "https://billing.example:8443/a/b?c=d&e=%20"),
        ("https://пример.рф/чек".replace("чек", "x"), "https://xn--e1afmkfd.xn--p1ai/x"),
        ("https://[2a00:1450:4010:c05::64]:444/x", "https://[2a00:1450:4010:c05::64]:444/x"),
    ],
)
def test_a_url_is_kept_as_it_will_be_called(given: str, called: str) -> None:
    assert check_url(given, private=False) == called


@pytest.mark.parametrize(
    "url",
    ["", "hook", "ftp://a.example/", "http://a.example/", "https://", "https://u:p@a.example/", "https://a.example/#x",
     "https://a.example:70000/", "https://a.example:x/", "https://[::1/", "https://a.example/\r\nX: y",
     "https://a b.example/",
     "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3:8443/x", "https://a.example/путь", "https://.example/",
     "https://a.example/" + "x" * 2000],
)  # fmt: skip
def test_what_cannot_be_called_or_may_not_be_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, private=False)


def test_a_setting_opens_private_networks_and_plain_http() -> None:
    assert check_url("http://127.0.0.1:9/x", private=True) == "http://127.0.0.1:9/x"
    assert check_url("https://10.0.0.1/", private=True) == "https://10.0.0.1/"
