"""Uploads: files that grow piece by piece out of sight, then become a folder of the project's store, all at once."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import delete, insert, select, update

from modelwright.service.audit.repository import record
from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.errors import BusyError, InvalidRequestError, NotThereError, StateError, TooLargeError
from modelwright.service.projects.roles import Principal, Role
from modelwright.service.storage.store import Place, Store
from modelwright.service.uploads.archives import is_archive, unpack
from modelwright.service.uploads.names import safe_name
from modelwright.service.uploads.table import uploads
from modelwright.templates.folder import MOST_FILES

FOLDER: Final = "uploads"


class UploadService:
    """Uploads of projects."""

    def __init__(self, database: Database, store: Store, folder: Path, most_bytes: int) -> None:
        self._database = database
        self._store = store
        self._folder = folder
        self._most_bytes = most_bytes

    def begin(self, principal: Principal) -> str:
        """Begins an upload; gives its id.

        Raises:
            ForbiddenError: The principal may not.
        """
        principal.require(Role.EDITOR)
        upload = new_id()
        (self._folder / upload).mkdir(parents=True)
        with self._database.write() as connection:
            connection.execute(
                insert(uploads).values(id=upload, project=principal.project, created=now(), complete=False)
            )
            record(connection, principal, "addUpload", upload, {})
        return upload

    def files(self, principal: Principal, upload: str) -> dict[str, int]:
        """The sizes of an upload's files so far, by name.

        Raises:
            NotThereError: The project has no such upload.
        """
        folder = self._open(principal, upload)
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}

    @contextmanager
    def appending(self, principal: Principal, upload: str, name: str, offset: int) -> Generator[Growing]:
        """A file of an upload, to which bytes are added from ``offset`` on, which must be its size.

        Raises:
            ForbiddenError: The principal may not.
            NotThereError: The project has no such upload.
            InvalidRequestError: The name is not taken.
            StateError: The file has another size.
            BusyError: Somebody else adds to it.
        """
        principal.require(Role.EDITOR)
        folder = self._open(principal, upload)
        path = folder / safe_name(name)
        sizes = self.files(principal, upload)
        if name not in sizes and len(sizes) >= MOST_FILES:
            raise TooLargeError(f"the upload has {MOST_FILES} files", hint="upload one model")
        room = self._most_bytes - sum(sizes.values())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("ab")
        except OSError as error:
            message = f"{name[:200]!r} cannot be a file beside the others: {error.strerror}"
            raise InvalidRequestError(message, hint="rename it") from None
        with stream:
            _lock(stream, name)
            size = stream.seek(0, os.SEEK_END)
            if size != offset:
                raise StateError(f"{name} has {size} bytes so far, not {offset}", hint=f"go on from {size}")
            yield Growing(stream, room)

    def complete(self, principal: Principal, upload: str) -> str:
        """Ends an upload; an archive that is alone in it is unpacked. Gives the URL of the folder.

        Raises:
            ForbiddenError: The principal may not.
            NotThereError: The project has no such upload.
            InvalidRequestError: It is empty, or its archive is damaged or hostile.
            TooLargeError: Its archive holds too much.
        """
        principal.require(Role.EDITOR)
        folder = self._open(principal, upload)
        names = list(self.files(principal, upload))
        if not names:
            raise InvalidRequestError("the upload holds no file", hint="PATCH .../files/NAME adds one")
        if len(names) == 1 and is_archive(folder / names[0]):
            folder = self._unpacked(folder, names[0])
        target = self._store.own(principal.project) / FOLDER / upload
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._database.write() as connection:
            done = update(uploads).where(uploads.c.id == upload, uploads.c.complete.is_(False))
            if connection.execute(done.values(complete=True)).rowcount != 1:
                raise StateError("the upload is complete", hint="begin another one")
            folder.rename(target)
        shutil.rmtree(self._folder / upload, ignore_errors=True)
        return Place(path=_single(target)).url

    def drop(self, principal: Principal, upload: str) -> None:
        """Takes an upload away that is not complete.

        Raises:
            NotThereError: The project has no such upload.
        """
        principal.require(Role.EDITOR)
        folder = self._open(principal, upload)
        with self._database.write() as connection:
            connection.execute(delete(uploads).where(uploads.c.id == upload, uploads.c.complete.is_(False)))
            record(connection, principal, "deleteUpload", upload, {})
        shutil.rmtree(folder, ignore_errors=True)

    def _open(self, principal: Principal, upload: str) -> Path:
        with self._database.read() as connection:
            query = select(uploads.c.id).where(
                uploads.c.id == upload, uploads.c.project == principal.project, uploads.c.complete.is_(False)
            )
            found = connection.execute(query).first()
        if found is None:
            raise NotThereError(f"no upload {upload[:64]!r} under way", hint="POST /v1/uploads begins one")
        return self._folder / found.id

    def _unpacked(self, folder: Path, name: str) -> Path:
        target = folder / ".unpacked"
        shutil.rmtree(target, ignore_errors=True)
        try:
            unpack(folder / name, target, most_bytes=self._most_bytes)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        return target


class Growing:
    """A file that grows, within what an upload may have."""

    def __init__(self, stream: BinaryIO, room: int) -> None:
        self._stream = stream
        self._room = room

    def write(self, data: bytes) -> None:
        """Adds bytes.

        Raises:
            TooLargeError: They are more than an upload may have.
        """
        if len(data) > self._room:
            raise TooLargeError("the upload is larger than the service takes", hint="ask for a higher limit")
        self._room -= len(data)
        self._stream.write(data)

    @property
    def size(self) -> int:
        """Its size."""
        self._stream.flush()
        return self._stream.tell()


def _lock(stream: BinaryIO, name: str) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BusyError(f"another request adds to {name}", hint="wait until it is over") from None


def _single(folder: Path) -> Path:
    """The one folder that a folder holds, if it holds nothing else."""
    items = list(folder.iterdir())
    return items[0] if len(items) == 1 and items[0].is_dir() else folder
