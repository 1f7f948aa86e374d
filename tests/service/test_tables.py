from modelwright.service.tables import METADATA


def test_all_tables_are_known():
    assert set(METADATA.tables) == {
        "audit",
        "cache",
        "idempotency",
        "log_lines",
        "projects",
        "sign_ins",
        "tasks",
        "tokens",
        "uploads",
    }
