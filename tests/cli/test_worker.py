import pytest

from modelwright.cli.main import main
from modelwright.cli.worker import parse_chips
from modelwright.errors import UsageError


def test_chips():
    assert parse_chips("gpu, ascend,gpu") == ("gpu", "ascend")
    for text in ("tpu", "gpu,tpu", "", ","):
        with pytest.raises(UsageError, match="--chips"):
            parse_chips(text)


def test_what_is_missing_is_said(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("MODELWRIGHT_SERVICE_BROKER", raising=False)
    assert main(["worker", "--data", str(tmp_path)]) == 2
    assert "no broker is named" in capsys.readouterr().err


def test_settings_that_are_none(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("MODELWRIGHT_SERVICE_STORAGES", "{")
    assert main(["worker", "--data", str(tmp_path)]) == 2
    assert "storages" in capsys.readouterr().err
    monkeypatch.setenv("MODELWRIGHT_SERVICE_STORAGES", '{"p": [{"url": "gs://b"}]}')
    assert main(["worker", "--data", str(tmp_path)]) == 2
    assert "is none of obs://BUCKET/PREFIX" in capsys.readouterr().err
