import threading

import pytest
from sqlalchemy import insert, select

from modelwright.service.projects.table import projects


def test_all_or_nothing(context):
    def lose():
        with context.database.write() as connection:
            connection.execute(insert(projects).values(name="lost", created=""))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        lose()
    with context.database.read() as connection:
        assert connection.execute(select(projects.c.name)).scalars().all() == ["default"]


def test_writers_have_it_one_at_a_time(context):
    def add(number):
        with context.database.write() as connection:
            count = len(connection.execute(select(projects)).all())
            connection.execute(insert(projects).values(name=f"p{count}", created=""))

    threads = [threading.Thread(target=add, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with context.database.read() as connection:
        assert len(connection.execute(select(projects)).all()) == 9
