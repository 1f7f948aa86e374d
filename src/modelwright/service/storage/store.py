"""The folders that projects may read and write: a store of each project's own, and what settings name besides."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from modelwright.service.clock import new_id
from modelwright.service.errors import ForbiddenError, InvalidRequestError
from modelwright.service.storage.bucket import Bucket, Reached, reach_s3
from modelwright.service.storage.commits import Commits
from modelwright.service.storage.local_place import LocalPlace
from modelwright.service.storage.object_place import ObjectPlace
from modelwright.service.storage.object_storage import SCHEMES, ObjectStorage
from modelwright.service.storage.place import HIDDEN, Place

EVERYBODY: Final = "*"
"""In place of a project's name: for all projects."""
_LONGEST: Final = 4000
_LONGEST_KEY: Final = 900


class Store:
    """The folders of all projects.

    Args:
        folder: Where the projects' own folders are: a local folder, or object storage.
        roots: Further local folders by project.
        storages: Object storage by project.
        commits: Who decides which of several commits to object storage counts.
        reach: Makes the file system of a storage.
    """

    def __init__(
        self,
        folder: Path | ObjectStorage,
        roots: Mapping[str, Sequence[Path]],
        storages: Mapping[str, Sequence[ObjectStorage]],
        commits: Commits,
        reach: Reached = reach_s3,
    ) -> None:
        self._commits = commits
        self._folder = Path(os.path.realpath(folder)) if isinstance(folder, Path) else Bucket(folder, reach)
        self._roots = {name: [Path(os.path.realpath(path)) for path in paths] for name, paths in roots.items()}
        self._buckets = {name: [Bucket(item, reach) for item in items] for name, items in storages.items()}

    def inner(self, name: str) -> Place:
        """A folder of the service itself beside the projects' own, whose name no project can have."""
        if isinstance(self._folder, Path):
            return LocalPlace(path=self._folder / f"_{name}")
        return ObjectPlace(url=f"{self._folder.storage.root}/_{name}", bucket=self._folder, commits=self._commits)

    def home(self, project: str) -> Place:
        """The project's own folder, made if needed."""
        if isinstance(self._folder, Path):
            return LocalPlace(path=self.own(project))
        return ObjectPlace(url=f"{self._folder.storage.root}/{project}", bucket=self._folder, commits=self._commits)

    def own(self, project: str) -> Path:
        """The project's own folder where it is a local one, made if needed."""
        assert isinstance(self._folder, Path)  # noqa: S101  who asks knows
        path = self._folder / project
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def local(self) -> bool:
        """Whether the projects' own folders are local."""
        return isinstance(self._folder, Path)

    def roots(self, project: str) -> list[Place]:
        """All folders below which a project may read and write, its own first."""
        local = [LocalPlace(path=path) for path in self._local(project)]
        buckets = [bucket for name in (project, EVERYBODY) for bucket in self._buckets.get(name, [])]
        return [
            self.home(project),
            *local,
            *(ObjectPlace(url=bucket.storage.root, bucket=bucket, commits=self._commits) for bucket in buckets),
        ]

    def _local(self, project: str) -> list[Path]:
        return [*self._roots.get(project, []), *self._roots.get(EVERYBODY, [])]

    def fresh_output(self, project: str) -> str:
        """The URL of a folder that is not there yet."""
        return f"{self.home(project).url}/outputs/{new_id()}"

    def place(self, project: str, url: str) -> Place:
        """The place that a URL means for a project.

        Raises:
            InvalidRequestError: It is no URL of a place.
            ForbiddenError: It lies below none of the project's roots.
        """
        scheme, separator, rest = url.partition("://")
        found = self._object(project, scheme, rest) if separator and scheme in SCHEMES else self._file(project, url)
        if found is None:
            message = f"{url[:200]} lies outside of the project's folders"
            raise ForbiddenError(message, hint="GET /v1/storage/roots lists them")
        return found

    def _file(self, project: str, url: str) -> Place | None:
        path = _path(url)
        try:
            real = Path(os.path.realpath(path))
        except OSError as error:
            raise InvalidRequestError(f"{url[:200]} is no place: {error.strerror}", hint="give another URL") from None
        own = [self.own(project)] if self.local else []
        for root in [*own, *self._local(project)]:
            if real.is_relative_to(root) and HIDDEN not in real.relative_to(root).parts:
                return LocalPlace(path=real)
        return None

    def _object(self, project: str, scheme: str, rest: str) -> Place | None:
        key = rest.rstrip("/")
        parts = key.split("/")
        if any(part in ("", ".", "..") for part in parts) or len(key.encode(errors="replace")) > _LONGEST_KEY:
            message = f"{scheme}://{rest[:200]} is no folder of a bucket"
            raise InvalidRequestError(message, hint=f"such as {scheme}://bucket/models/net, without . and ..")
        url = f"{scheme}://{key}"
        roots = [root for root in self.roots(project) if isinstance(root, ObjectPlace)]
        if not any(root.url.startswith(f"{scheme}://") for root in roots):
            raise InvalidRequestError(f"{url[:200]!r}: {scheme}:// is not set up here", hint="GET /v1/storage/roots")
        for root in roots:
            if url == root.url or url.startswith(f"{root.url}/"):
                hidden = HIDDEN in url.removeprefix(root.url).split("/")
                return None if hidden else ObjectPlace(url=url, bucket=root.bucket, commits=self._commits)
        return None


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidRequestError(f"{url[:200]!r} is no URL", hint="such as file:///models/net") from None
    if parts.scheme != "file":
        kind = f"{parts.scheme}:// is not known" if parts.scheme else "no scheme"
        hint = "give file:///..., s3://... or obs://... below one of the project's folders"
        raise InvalidRequestError(f"{url[:200]!r}: {kind}", hint=hint)
    path = unquote(url.removeprefix("file:").removeprefix("//")) if not parts.netloc else ""
    if not path.startswith("/") or "\0" in path or len(path.encode(errors="replace")) > _LONGEST:
        raise InvalidRequestError(f"{url[:200]!r} is no local path", hint="write file:/// and an absolute path")
    return path
