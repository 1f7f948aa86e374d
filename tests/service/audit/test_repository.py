from modelwright.service.audit.repository import entries, record


def test_newest_first_and_by_project(context, asking):
    with context.database.write() as connection:
        for number in range(3):
            record(connection, asking(), "addConvert", str(number), {"number": number})
        record(connection, asking(project="other"), "addConvert", "theirs", {})
        rows = entries(connection, "default", before=None, limit=2)
        assert [row.object for row in rows] == sorted((row.object for row in rows), reverse=True)
        rest = entries(connection, "default", before=rows[-1].id, limit=5)
        assert {row.object for row in [*rows, *rest]} == {"0", "1", "2"}
        assert {row.actor for row in rows} == {"tester"}
