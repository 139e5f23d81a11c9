"""Settings are read strictly: a mistake is one line that names the variable."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fiscal_server.settings import (
    SettingsError,
    choose_port,
    default_data_dir,
    load_settings,
    make_data_dir,
    to_environ,
)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_nothing_need_be_set() -> None:
    settings = load_settings({"PATH": "/bin"})
    assert settings.database_url is None
    assert settings.api_port == "auto"
    assert settings.zone.key == "Europe/Moscow"


def test_values_take_the_type_of_their_field() -> None:
    settings = load_settings({"FISCAL_API_PORT": "9000", "FISCAL_PURE": "1", "FISCAL_DATA_DIR": "/srv/f"})
    assert (settings.api_port, settings.pure, settings.data_dir) == (9000, True, Path("/srv/f"))


def test_an_empty_value_counts_as_not_set() -> None:
    assert load_settings({"FISCAL_DATABASE_URL": ""}).database_url is None


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("FISCAL_DATABSE_URL", "x", "did you mean FISCAL_DATABASE_URL?"),
        ("fiscal_api_port", "1", None),
        ("FISCAL_api_port", "1", "did you mean FISCAL_API_PORT?"),
        ("FISCAL_ZZZZZZZZZZ", "1", "settings are FISCAL_DATABASE_URL"),
        ("FISCAL_NODE_ID", "1024", "<= 1023"),
        ("FISCAL_API_PORT", "http", "auto"),
        ("FISCAL_LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("FISCAL_TIMEZONE", "Moscow", "Europe/Moscow"),
        ("FISCAL_DATABASE_URL", "mysql://me:secret@host/db", "postgresql://"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_variable(variable: str, value: str, says: str | None) -> None:
    if says is None:  # not ours: another program's variable
        load_settings({variable: value})
        return
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: value})
    assert variable in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_variables_of_the_build_are_no_mistake() -> None:
    load_settings({"FISCAL_CYTHON_DEBUG": "1"})


def test_a_child_reads_what_its_parent_read() -> None:
    settings = load_settings({"FISCAL_API_PORT": "9000", "FISCAL_PURE": "1", "FISCAL_DATABASE_URL": "postgresql://h/d"})
    assert load_settings(to_environ(settings)) == settings


def test_data_dir_follows_the_desktop_convention(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert default_data_dir({"HOME": "/home/u"}) == Path("/home/u/.local/share/fiscal-server")
    assert default_data_dir({"HOME": "/home/u", "XDG_DATA_HOME": "/d"}) == Path("/d/fiscal-server")
    assert default_data_dir({"HOME": "/home/u", "XDG_DATA_HOME": "d"}) == Path("/home/u/.local/share/fiscal-server")


def test_a_data_dir_that_cannot_be_made_names_its_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^FISCAL_DATA_DIR: .*set it to a folder that you may write$"):
        make_data_dir(load_settings({"FISCAL_DATA_DIR": str(tmp_path / "file/data")}))


def test_a_chosen_port_that_is_taken_is_an_error(taken_port: int) -> None:
    with pytest.raises(
        SettingsError, match=f"^FISCAL_API_PORT={taken_port}: port {taken_port} on 127.0.0.1 is .*in use"
    ):
        choose_port("FISCAL_API_PORT", taken_port, "127.0.0.1", default=8080)


def test_a_default_port_that_is_taken_gives_way_to_the_next_free_one(taken_port: int) -> None:
    assert choose_port("FISCAL_API_PORT", "auto", "127.0.0.1", default=taken_port) > taken_port


def test_a_wrong_host_is_not_taken_for_a_taken_port() -> None:
    with pytest.raises(SettingsError, match=r"^FISCAL_API_HOST=192\.0\.2\.1: "):
        choose_port("FISCAL_API_PORT", "auto", "192.0.2.1", default=8080)
