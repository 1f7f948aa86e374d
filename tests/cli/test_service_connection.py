import argparse
import json
import stat

import pytest

from modelwright.cli.service_connection import connect, sign_in
from modelwright.errors import UsageError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("MODELWRIGHT_SERVER", "MODELWRIGHT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def given(server=None, token=None):
    return argparse.Namespace(server=server, token=token, project="")


def test_signing_in_keeps_address_and_token(live, home):
    assert sign_in(f"{live[1]}/sign-in?code={live[0].projects.first_sign_in(5)}") == live[1]
    path = home / "modelwright/service.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["server"] == live[1]
    with connect(given()) as client:
        assert client.roots()


def test_the_token_goes_to_no_other_service(live, home, monkeypatch):
    sign_in(f"{live[1]}/sign-in?code={live[0].projects.first_sign_in(5)}")
    with connect(given(server="http://127.0.0.1:1")) as client:
        assert "Authorization" not in client._http.headers
    monkeypatch.setenv("MODELWRIGHT_SERVER", "http://127.0.0.1:2")
    monkeypatch.setenv("MODELWRIGHT_TOKEN", "t")
    with connect(given()) as client:
        assert str(client._http.base_url) == "http://127.0.0.1:2"
        assert client._http.headers["Authorization"] == "Bearer t"


def test_no_service():
    with pytest.raises(UsageError, match="no service is named"):
        connect(given())
    for link in ("x", "http://x/sign-in", "ftp://x/?code=1"):
        with pytest.raises(UsageError, match="no sign-in link"):
            sign_in(link)
