import threading

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from modelwright.errors import UsageError
from modelwright.service.database import Database
from modelwright.service.dialects import alone, open_engine
from modelwright.service.projects.table import projects
from modelwright.service.tasks.table import tasks


def test_all_or_nothing(context):
    def lose():
        with context.database.write() as connection:
            connection.execute(insert(projects).values(name="lost", created=""))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        lose()
    with context.database.read() as connection:
        assert connection.execute(select(projects.c.name)).scalars().all() == ["default"]


def test_writers_that_name_the_same_have_it_one_at_a_time(context):
    def add(number):
        with context.database.write() as connection:
            alone(connection, "projects")
            count = len(connection.execute(select(projects)).all())
            connection.execute(insert(projects).values(name=f"p{count}", created=""))

    threads = [threading.Thread(target=add, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with context.database.read() as connection:
        assert len(connection.execute(select(projects)).all()) == 9


def test_columns_of_a_newer_version_are_added(tmp_path):
    url = f"sqlite:///{tmp_path}/old.sqlite3"
    old = open_engine(url)
    with old.begin() as connection:
        columns = ", ".join(f"{item.name} TEXT" for item in tasks.c if item.name not in ("priority", "submitted"))
        connection.exec_driver_sql(f"CREATE TABLE tasks ({columns})")
        connection.exec_driver_sql("INSERT INTO tasks (id) VALUES ('old')")
    database = Database(url)
    database.create()
    database.create()
    with database.read() as connection:
        row = connection.execute(select(tasks)).one()
    assert (row.id, row.priority, row.submitted) == ("old", 4, None)


def test_who_is_patient_waits_for_the_database(tmp_path):
    gone = tmp_path / "later"
    database = Database(f"sqlite:///{gone}/a.sqlite3")
    with pytest.raises(OperationalError), database.read():
        pass
    threading.Timer(0.3, gone.mkdir).start()
    with database.patient(20).read() as connection:
        assert connection.execute(select(1)).scalar() == 1


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/x", "postgresql://host:port/x"])
def test_urls_of_no_database(url):
    with pytest.raises(UsageError, match="URL is none"):
        Database(url)


def test_a_database_that_does_not_answer_is_said():
    with pytest.raises(UsageError, match="cannot be used"):
        Database("postgresql://nobody@127.0.0.1:9/x").create()
