"""A bucket reached through fsspec: connected when it is needed, its region checked once, its errors as ours."""

from __future__ import annotations

import errno
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from modelwright.errors import ToolMissingError
from modelwright.service.errors import ForbiddenError, InvalidRequestError, UnavailableError
from modelwright.service.storage.object_storage import ObjectStorage

_PASSED: Final = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
"""Errors of the local disk, as a copy from the bucket can have them."""
_ANYWHERE: Final = "us-east-1"
"""The region that requests are signed for when none is named, as servers without regions expect it."""


class Reached(Protocol):
    """Makes the fsspec file system of a storage."""

    def __call__(self, storage: ObjectStorage) -> Any:
        """The file system; paths are ``bucket/key``."""
        ...


class Bucket:
    """The bucket of one storage."""

    def __init__(self, storage: ObjectStorage, reach: Reached) -> None:
        self.storage = storage
        self._reach = reach
        self._files: Any = None
        self._lock = threading.Lock()

    @contextmanager
    def files(self) -> Generator[Any]:
        """Its fsspec file system; what goes wrong in the context is told as ours.

        Raises:
            FileNotFoundError: There is no such object.
            ForbiddenError: The storage refuses the project's key.
            InvalidRequestError: The bucket is not there, or in another region.
            UnavailableError: The storage does not answer.
        """
        with self._translated():
            if self._files is None:
                with self._lock:
                    if self._files is None:
                        self._files = self._checked()
            yield self._files

    def _checked(self) -> Any:
        files = self._reach(self.storage)
        try:
            found = region_of(files, self.storage.bucket)
        except FileNotFoundError:
            where = self.storage.endpoint or "Amazon S3"
            message = f"there is no bucket {self.storage.bucket} at {where}"
            raise InvalidRequestError(message, hint="see to its name and the endpoint") from None
        wanted = self.storage.region
        if wanted and found and found != wanted:
            message = f"the bucket {self.storage.bucket} is in region {found}, not in {wanted} as the settings say"
            raise InvalidRequestError(message, hint=f"use a bucket in {wanted}, or have the settings changed")
        return files

    @contextmanager
    def _translated(self) -> Generator[None]:
        name = self.storage.bucket
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except PermissionError as error:
            message = f"the storage refuses the project's key for the bucket {name}: {error}"
            raise ForbiddenError(message, hint="see to the key and the bucket's policy") from None
        except OSError as error:
            if error.errno in _PASSED:
                raise
            raise _unavailable(name, error) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] not in ("botocore", "aiobotocore", "aiohttp"):
                raise
            raise _unavailable(name, error) from error


def _unavailable(bucket: str, error: Exception) -> UnavailableError:
    return UnavailableError(f"the storage of the bucket {bucket} does not answer: {error}", hint="try again later")


def region_of(files: Any, bucket: str) -> str:
    """The region that a bucket is in, or an empty text where the server has none.

    Raises:
        FileNotFoundError: There is no such bucket.
        PermissionError: The key may not look.
    """
    if not hasattr(files, "call_s3"):
        return ""
    answer = files.call_s3("head_bucket", Bucket=bucket)
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return answer.get("BucketRegion") or headers.get("x-obs-bucket-location") or headers.get("x-amz-bucket-region", "")


def reach_s3(storage: ObjectStorage) -> Any:
    """A storage that speaks S3, as OBS does.

    Raises:
        ToolMissingError: s3fs is not installed.
    """
    try:
        from s3fs import S3FileSystem  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise ToolMissingError(f"{error.name} is not installed", hint="pip install 'modelwright[scale]'") from None
    config = {
        "connect_timeout": 10,
        "read_timeout": 60,
        "max_pool_connections": 50,
        "retries": {"max_attempts": 5, "mode": "standard"},
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "s3": {"addressing_style": "path" if storage.path_style else "virtual" if storage.endpoint else "auto"},
    }
    return S3FileSystem(
        key=storage.access_key or None,
        secret=storage.secret_key.get_secret_value() or None,
        token=storage.session_token.get_secret_value() or None,
        endpoint_url=storage.endpoint or None,
        client_kwargs={"region_name": storage.region or _ANYWHERE},
        config_kwargs=config,
        use_listings_cache=False,
        skip_instance_cache=True,
    )
