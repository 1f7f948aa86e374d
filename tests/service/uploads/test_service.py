from pathlib import Path

import pytest

from modelwright.service.errors import BusyError, InvalidRequestError, NotThereError, StateError, TooLargeError
from modelwright.service.projects.roles import Role
from modelwright.service.storage.commits import Commits
from modelwright.service.storage.store import Store
from modelwright.service.uploads.intake import LocalIntake
from modelwright.service.uploads.service import UploadService


@pytest.fixture
def uploads(context, tmp_path):
    store = Store(tmp_path / "s", {}, {}, Commits(context.database))
    return UploadService(context.database, store, LocalIntake(tmp_path / "u"), 150)


def add(uploads, asking, upload, name, data, offset=0):
    with uploads.appending(asking(), upload, name, offset) as growing:
        growing.write(data)
        return growing.size


def test_pieces_and_offsets(uploads, asking, tmp_path):
    upload = uploads.begin(asking())
    assert add(uploads, asking, upload, "m/a", b"12345") == 5
    with pytest.raises(StateError, match="has 5 bytes so far, not 3"):
        add(uploads, asking, upload, "m/a", b"x", 3)
    assert add(uploads, asking, upload, "m/a", b"678", 5) == 8
    assert uploads.files(asking(Role.VIEWER), upload) == {"m/a": 8}
    url = uploads.complete(asking(), upload)
    assert url == (tmp_path / "s/default/uploads" / upload / "m").as_uri()
    assert (tmp_path / "s/default/uploads" / upload / "m/a").read_bytes() == b"12345678"
    with pytest.raises(NotThereError):
        uploads.complete(asking(), upload)
    assert not list((tmp_path / "u").iterdir())


def test_limits(uploads, asking):
    upload = uploads.begin(asking())
    add(uploads, asking, upload, "a", b"x" * 100)
    with pytest.raises(TooLargeError):
        add(uploads, asking, upload, "b", b"x" * 60)
    with pytest.raises(InvalidRequestError):
        add(uploads, asking, upload, "a/b", b"x")
    with pytest.raises(InvalidRequestError):
        add(uploads, asking, upload, "../a", b"x")
    with uploads.appending(asking(), upload, "c", 0), pytest.raises(BusyError):
        add(uploads, asking, upload, "c", b"x")


def test_hostile_archives_leave_nothing(uploads, asking, tmp_path):
    import io
    import zipfile

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("../x", "")
    upload = uploads.begin(asking())
    add(uploads, asking, upload, "a.zip", data.getvalue())
    with pytest.raises(InvalidRequestError):
        uploads.complete(asking(), upload)
    assert list(uploads.files(asking(), upload)) == ["a.zip"]
    assert not (tmp_path / "s/default/uploads" / upload).exists()


def test_dropping(uploads, asking, tmp_path):
    upload = uploads.begin(asking())
    with pytest.raises(InvalidRequestError, match="holds no file"):
        uploads.complete(asking(), upload)
    with pytest.raises(NotThereError):
        uploads.drop(asking(project="other"), upload)
    uploads.drop(asking(), upload)
    assert not list((tmp_path / "u").iterdir())
    with pytest.raises(NotThereError):
        uploads.files(asking(), upload)


def test_completion_is_refused_while_a_file_grows(uploads, asking):
    upload = uploads.begin(asking())
    add(uploads, asking, upload, "a", b"1")
    with uploads.appending(asking(), upload, "b", 0) as growing:
        growing.write(b"2")
        with pytest.raises(BusyError) as caught:
            uploads.complete(asking(), upload)
    assert (caught.value.code, caught.value.status) == ("MW-S004", 409)
    add(uploads, asking, upload, "b", b"3", 1)
    url = uploads.complete(asking(), upload)
    assert sorted(path.name for path in Path(url.removeprefix("file://")).iterdir()) == ["a", "b"]
    assert Path(url.removeprefix("file://"), "b").read_bytes() == b"23"


def test_nothing_is_added_while_an_upload_is_completed(uploads, asking, monkeypatch):
    from modelwright.service.uploads import service

    refused = []

    def slow(folder):
        with pytest.raises((BusyError, StateError)) as caught:
            add(uploads, asking, upload, "late", b"1")
        refused.append(caught.value.status)
        return ""

    upload = uploads.begin(asking())
    add(uploads, asking, upload, "a", b"1")
    monkeypatch.setattr(service, "_single", slow)
    url = uploads.complete(asking(), upload)
    assert (refused, [path.name for path in Path(url.removeprefix("file://")).iterdir()]) == ([409], ["a"])
    with pytest.raises(NotThereError):
        add(uploads, asking, upload, "late", b"1")


def test_a_failed_completion_leaves_an_upload_that_goes_on(uploads, asking):
    upload = uploads.begin(asking())
    add(uploads, asking, upload, "a.zip", b"PK no archive")
    with pytest.raises(InvalidRequestError):
        uploads.complete(asking(), upload)
    add(uploads, asking, upload, "b", b"1")
    assert uploads.complete(asking(), upload)


def test_old_uploads_expire_and_others_do_not(uploads, asking, context, tmp_path):
    from sqlalchemy import update

    from modelwright.service.uploads.table import uploads as table

    old, fresh, done = (uploads.begin(asking()) for _ in range(3))
    for upload in (old, fresh, done):
        add(uploads, asking, upload, "a", b"1")
    url = uploads.complete(asking(), done)
    with context.database.write() as connection:
        connection.execute(update(table).where(table.c.id != fresh).values(touched="2026-01-01T00:00:00.000Z"))
        connection.execute(update(table).values(created="2026-01-01T00:00:00.000Z"))
    assert uploads.expire("2026-01-02T00:00:00.000Z") == 1
    assert [path.name for path in (tmp_path / "u").iterdir() if path.is_dir()] == [fresh]
    assert uploads.files(asking(), fresh) == {"a": 1}
    assert Path(url.removeprefix("file://"), "a").is_file()
    with pytest.raises(NotThereError):
        uploads.files(asking(), old)
