"""Object storage in memory, through fsspec."""

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from modelwright.service.storage.bucket import Bucket
from modelwright.service.storage.commits import Commits
from modelwright.service.storage.object_place import ObjectPlace
from modelwright.service.storage.object_storage import ObjectStorage


@pytest.fixture
def memory():
    """An fsspec file system of its own."""
    files = MemoryFileSystem(skip_instance_cache=True)
    files.store, files.pseudo_dirs = {}, [""]
    return files


@pytest.fixture
def objects(memory, context):
    """A folder of a bucket."""
    bucket = Bucket(ObjectStorage(url="s3://bucket/models"), lambda _: memory)
    return ObjectPlace(url="s3://bucket/models/net", bucket=bucket, commits=Commits(context.database))
