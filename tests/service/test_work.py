import pytest

from modelwright.errors import UsageError
from modelwright.service.app import build_context
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage.object_storage import ObjectStorage
from modelwright.service.work import check_shared, work

SHARED = {
    "broker": "redis://127.0.0.1",
    "database": "postgresql://127.0.0.1:9/x",
    "store": ObjectStorage(url="s3://bucket"),
}


@pytest.mark.parametrize(("missing", "text"), [("broker", "no broker"), ("database", "a file"), ("store", "a folder")])
def test_what_many_machines_must_share(missing, text, tmp_path):
    settings = ServiceSettings(data=tmp_path, engine="celery", **{k: v for k, v in SHARED.items() if k != missing})
    with pytest.raises(UsageError, match=text):
        check_shared(settings)
    with pytest.raises(UsageError, match=text):
        work(settings, chips=["cpu"], tell=print)


def test_a_database_that_is_not_there(tmp_path):
    settings = ServiceSettings(data=tmp_path, **SHARED)
    with pytest.raises(UsageError, match="the database cannot be used"):
        work(settings, chips=["cpu"], tell=print)


def test_servers_look_for_the_same(tmp_path):
    with pytest.raises(UsageError, match="no broker"):
        build_context(ServiceSettings(data=tmp_path, engine="celery"))
