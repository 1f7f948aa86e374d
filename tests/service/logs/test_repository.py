from modelwright.service.logs import repository


def line(message, level="info"):
    return {"time": "t", "level": level, "stage": "import", "message": message}


def test_lines_are_numbered(context):
    with context.database.write() as connection:
        repository.append(connection, "a", [line("one"), line("100% TWO", "error")])
        repository.append(connection, "b", [line("other")])
        repository.append(connection, "a", [line("three")])
        repository.append(connection, "a", [])
        assert repository.count(connection, "a") == 3
        assert [row.message for row in repository.lines(connection, "a", offset=1, limit=5)] == ["100% TWO", "three"]
        assert [row.number for row in repository.lines(connection, "a", offset=0, limit=5, search="0% t")] == [1]
        assert repository.lines(connection, "a", offset=0, limit=5, search="_") == []
        assert [row.number for row in repository.lines(connection, "a", offset=0, limit=5, level="error")] == [1]
        repository.remove(connection, ["a"])
        assert (repository.count(connection, "a"), repository.count(connection, "b")) == (0, 1)


def test_a_log_has_an_end(context, monkeypatch):
    monkeypatch.setattr(repository, "MOST_LINES", 2)
    with context.database.write() as connection:
        repository.append(connection, "a", [line(str(number)) for number in range(5)])
        repository.append(connection, "a", [line("more")])
        assert repository.count(connection, "a") == 2
