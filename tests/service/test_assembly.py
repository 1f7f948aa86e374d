import pytest

from modelwright.errors import UsageError
from modelwright.service.assembly import open_cache, open_intake, open_store
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage.object_storage import ObjectStorage
from modelwright.service.uploads.intake import LocalIntake, ObjectIntake

STORE = ObjectStorage(url="s3://bucket/store", endpoint="http://h")


@pytest.fixture
def opened(context, tmp_path):
    def make(**values):
        settings = ServiceSettings(data=tmp_path / "d", **values)
        store = open_store(settings, context.database)
        return store, open_cache(settings, store), open_intake(settings, store)

    return make


def test_everything_in_the_data_folder(opened, tmp_path):
    store, cache, intake = opened()
    assert store.home("p").path == tmp_path / "d/store/p"
    assert cache._place.path == tmp_path / "d/cache"
    assert intake._folder == tmp_path / "d/uploads"


def test_a_folder_that_machines_share(opened, tmp_path):
    store, cache, intake = opened(store=tmp_path / "nfs")
    assert store.home("p").path == tmp_path / "nfs/p"
    assert cache._place.path == tmp_path / "nfs/_cache"
    assert isinstance(intake, LocalIntake)
    assert intake._folder == tmp_path / "nfs/_uploads"


def test_object_storage(opened):
    store, cache, intake = opened(store=STORE, storages={"p": [ObjectStorage(url="s3://other")]})
    assert [root.url for root in store.roots("p")] == ["s3://bucket/store/p", "s3://other"]
    assert [root.url for root in store.roots("q")] == ["s3://bucket/store/q"]
    assert store.fresh_output("q").startswith("s3://bucket/store/q/outputs/")
    assert cache._place.url == "s3://bucket/store/_cache"
    assert isinstance(intake, ObjectIntake)


def test_what_would_show_the_services_own_data(opened, tmp_path):
    for root in (tmp_path, tmp_path / "d/store"):
        with pytest.raises(UsageError, match="the service's own data"):
            opened(roots={"*": [root]})
    with pytest.raises(UsageError, match="the service's own data"):
        opened(store=tmp_path / "nfs", roots={"p": [tmp_path / "nfs"]})
    for url in ("s3://bucket", "s3://bucket/store/q", "obs://bucket/"):
        with pytest.raises(UsageError, match="the service's own store"):
            opened(store=STORE, storages={"p": [ObjectStorage(url=url, endpoint="http://h")]})
    opened(store=STORE, storages={"p": [ObjectStorage(url="s3://bucket/stores", endpoint="http://h")]})
