"""Normalisation of typed server addresses."""

import pytest

from sync.exchange.addresses import NotAnAddress, PlainHttp, is_plain, server_url


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("shop.example", "https://shop.example"),
        ("  Shop.Example/ ", "https://shop.example"),
        ("shop.example:8443", "https://shop.example:8443"),
        ("https://shop.example/orion/", "https://shop.example/orion"),
        ("HTTPS://shop.example", "https://shop.example"),
        ("192.168.1.20:8400", "https://192.168.1.20:8400"),
        ("caisse.städtle.example", "https://caisse.städtle.example"),
        ("localhost:8400", "http://localhost:8400"),
        ("127.0.0.1:8400", "http://127.0.0.1:8400"),
        ("[::1]:8400", "http://[::1]:8400"),
        ("https://localhost:8400", "https://localhost:8400"),
    ],
)
def test_an_address_is_https_unless_typed_otherwise_or_on_this_machine(typed: str, called: str) -> None:
    assert server_url(typed) == called
    assert server_url(called) == called


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "https://",
        "our shop",
        "shop.example:eighty",
        "shop.example:99999",
        "ftp://shop.example",
        "javascript:alert(1)",
        "ana@shop.example",
        "https://ana:secret@shop.example",
        "shop.example/?x=1",
        "shop.example#code",
        "[::1",
        ":8400",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(NotAnAddress):
        server_url(typed)


@pytest.mark.parametrize("typed", ["localhost.evil.example", "127.0.0.1.evil.example", "loopback.example"])
def test_a_name_that_only_looks_like_this_machine_is_called_by_https(typed: str) -> None:
    assert server_url(typed) == f"https://{typed}"


@pytest.mark.parametrize(
    "typed", ["http://192.168.1.20:8400", "HTTP://shop.example", " http://localhost.shop.example/ "]
)
def test_an_address_without_tls_beyond_this_machine_is_taken_only_where_an_operator_says_so(typed: str) -> None:
    with pytest.raises(PlainHttp):
        server_url(typed)
    taken = server_url(typed, plain_http=True)
    assert taken.startswith("http://") and is_plain(taken)


@pytest.mark.parametrize(
    "address", ["https://shop.example", "http://127.0.0.1:8400", "http://[::1]:8400", "http://localhost"]
)
def test_what_is_encrypted_or_stays_on_this_machine_is_not_plain(address: str) -> None:
    assert server_url(address) == address and not is_plain(address)
