from modelwright.service.tables import METADATA


def test_all_tables_are_known():
    assert set(METADATA.tables) == {
        "audit",
        "cache",
        "commits",
        "idempotency",
        "log_lines",
        "projects",
        "sessions",
        "sign_ins",
        "tasks",
        "tokens",
        "uploads",
        "workers",
    }
