"""Object storage as settings name it: ``obs://bucket/prefix`` or ``s3://bucket/prefix``, and how it is reached."""

from __future__ import annotations

import re
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

SCHEMES: Final = ("s3", "obs")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class ObjectStorage(BaseModel):
    """A bucket, or a part of one, that projects may read and write.

    Attributes:
        url: ``obs://bucket/prefix`` or ``s3://bucket/prefix``.
        endpoint: The server's address, ``https://...``; empty for Amazon's.
        region: The region that the bucket must be in; empty for any.
        access_key: The key's name; empty for what the environment of the service's machine gives.
        secret_key: The key.
        session_token: What belongs to a temporary key.
        path_style: Whether the bucket's name goes into the path, as small servers want it, not into the host's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    session_token: SecretStr = SecretStr("")
    path_style: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        scheme, separator, rest = self.url.partition("://")
        if scheme not in SCHEMES or not separator or not _BUCKET.fullmatch(rest.partition("/")[0]):
            raise ValueError(f"{self.url!r} is none of obs://BUCKET/PREFIX and s3://BUCKET/PREFIX")
        if scheme == "obs" and not self.endpoint:
            raise ValueError(f"{self.url}: OBS needs an endpoint such as https://obs.cn-north-4.myhuaweicloud.com")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://")):
            raise ValueError(f"{self.url}: the endpoint {self.endpoint!r} does not begin with https://")
        return self

    @property
    def root(self) -> str:
        """Its URL without a slash at the end."""
        return self.url.rstrip("/")

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.url.partition("://")[2].partition("/")[0]
