import pytest
from pydantic import ValidationError

from modelwright.service.storage.object_storage import ObjectStorage


def test_parts_of_the_url():
    found = ObjectStorage(url="obs://bucket/models/", endpoint="https://obs.cn-north-4.myhuaweicloud.com")
    assert (found.root, found.bucket) == ("obs://bucket/models", "bucket")


def test_secrets_are_not_shown():
    found = ObjectStorage(url="s3://bucket", access_key="a", secret_key="hush", session_token="hush")
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"url": "gs://bucket"}, "is none of"),
        ({"url": "s3://"}, "is none of"),
        ({"url": "s3://UPPER/x"}, "is none of"),
        ({"url": "obs://bucket"}, "needs an endpoint"),
        ({"url": "s3://bucket", "endpoint": "host:9000"}, "does not begin with https"),
    ],
)
def test_what_is_no_storage(settings, text):
    with pytest.raises(ValidationError, match=text):
        ObjectStorage(**settings)
