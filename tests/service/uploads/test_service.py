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
