import time

from sqlalchemy import update

from modelwright.service.clock import now
from modelwright.service.uploads.expiry import Expiry
from modelwright.service.uploads.table import uploads


def test_what_is_older_than_so_many_hours_goes(context, asking):
    upload = context.uploads.begin(asking())
    expiry = Expiry(context.uploads, 2)
    assert expiry.sweep() == 0
    with context.database.write() as connection:
        connection.execute(update(uploads).values(touched="2026-01-01T00:00:00.000Z"))
    assert expiry.sweep() == 1
    with context.database.read() as connection:
        assert connection.execute(uploads.select().where(uploads.c.id == upload)).first() is None


def test_tables_of_before_have_no_time_of_the_last_piece(context, asking):
    context.uploads.begin(asking())
    with context.database.write() as connection:
        connection.execute(update(uploads).values(touched=None, created="2026-01-01T00:00:00.000Z"))
    assert context.uploads.expire(now()) == 1


def test_a_thread_looks_at_once_and_ends_when_asked(context, asking):
    context.uploads.begin(asking())
    with context.database.write() as connection:
        connection.execute(update(uploads).values(touched="2026-01-01T00:00:00.000Z"))
    expiry = Expiry(context.uploads, 1)
    expiry.start()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with context.database.read() as connection:
            if connection.execute(uploads.select()).first() is None:
                break
        time.sleep(0.02)
    else:
        raise AssertionError("the upload is still there")
    expiry.stop()
    assert not expiry._thread.is_alive()


def test_a_database_that_does_not_answer_ends_nothing(context, monkeypatch):
    calls = []

    def expire(before):
        calls.append(before)
        raise OSError("away")

    monkeypatch.setattr(context.uploads, "expire", expire)
    expiry = Expiry(context.uploads, 1)
    expiry.stop()
    expiry._serve()
    assert len(calls) == 1
