import errno

import pytest

from modelwright.service.errors import ForbiddenError, InvalidRequestError, UnavailableError
from modelwright.service.storage.bucket import Bucket, reach_s3, region_of
from modelwright.service.storage.object_storage import ObjectStorage


class Answering:
    """A file system whose server says this about a bucket."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0

    def call_s3(self, method, Bucket):  # noqa: N803  the name in S3
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def bucket(answer, **settings):
    files = Answering(answer)
    return files, Bucket(ObjectStorage(url="s3://bucket", **settings), lambda _: files)


def test_the_region_is_looked_at_once():
    files, found = bucket({"BucketRegion": "cn-north-4"}, region="cn-north-4")
    for _ in range(2):
        with found.files() as given:
            assert given is files
    assert files.asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"BucketRegion": "cn-north-1"},
        {"ResponseMetadata": {"HTTPHeaders": {"x-obs-bucket-location": "cn-north-1"}}},
        {"ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "cn-north-1"}}},
    ],
)
def test_another_region_is_refused(answer):
    _, found = bucket(answer, region="cn-north-4")
    with pytest.raises(InvalidRequestError, match="is in region cn-north-1, not in cn-north-4"), found.files():
        pass


def test_a_server_without_regions_is_taken():
    _, found = bucket({}, region="cn-north-4")
    with found.files():
        pass
    assert region_of(object(), "bucket") == ""


@pytest.mark.parametrize(
    ("error", "ours", "text"),
    [
        (FileNotFoundError("b"), InvalidRequestError, "there is no bucket bucket at https://s"),
        (PermissionError("no"), ForbiddenError, "refuses the project's key"),
        (OSError(errno.EIO, "x"), UnavailableError, "does not answer"),
        (TimeoutError(), UnavailableError, "does not answer"),
    ],
)
def test_errors_of_the_server(error, ours, text):
    _, found = bucket(error, endpoint="https://s")
    with pytest.raises(ours, match=text), found.files():
        pass


def test_errors_that_are_none_of_the_servers_stay():
    _, found = bucket({})
    for error in (FileNotFoundError(), FileExistsError(), OSError(errno.ENOSPC, "full"), KeyError()):
        with pytest.raises(type(error)), found.files():
            raise error


def test_a_server_that_is_not_there():
    storage = ObjectStorage(url="obs://bucket", endpoint="http://127.0.0.1:9", access_key="a", secret_key="b")
    with pytest.raises(UnavailableError, match="does not answer"), Bucket(storage, reach_s3).files():
        pass
