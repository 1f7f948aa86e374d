import time

import pytest
from sqlalchemy import select

from modelwright.errors import ToolMissingError
from modelwright.service.dialects import moment, open_engine


def test_urls_of_postgresql():
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert open_engine(f"{scheme}://me@host/name").dialect.driver == "psycopg"


def test_what_is_not_installed(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ToolMissingError, match="psycopg is not installed"):
        open_engine("postgresql://host/name")


def test_the_databases_clock(context):
    with context.database.read() as connection:
        assert abs(connection.execute(select(moment(connection))).scalar() - time.time()) < 5
