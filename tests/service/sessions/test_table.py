from modelwright.service.sessions.table import sessions
from modelwright.service.tables import METADATA


def test_only_a_hash_is_kept():
    assert METADATA.tables["sessions"] is sessions
    assert [column.name for column in sessions.primary_key] == ["secret_hash"]
    assert "secret" not in sessions.c
