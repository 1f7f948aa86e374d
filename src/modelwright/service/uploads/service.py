"""Uploads: files that grow piece by piece out of sight, then become a folder of the project's store, all at once."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import delete, func, insert, select, update

from modelwright.service.audit.repository import record
from modelwright.service.clock import new_id, now
from modelwright.service.database import Database
from modelwright.service.errors import InvalidRequestError, NotThereError, StateError, TooLargeError
from modelwright.service.projects.roles import Principal, Role
from modelwright.service.storage.local_place import LocalPlace
from modelwright.service.storage.store import Store
from modelwright.service.uploads.archives import is_archive, unpack
from modelwright.service.uploads.growing import Growing
from modelwright.service.uploads.intake import Intake
from modelwright.service.uploads.names import safe_name
from modelwright.service.uploads.table import uploads
from modelwright.templates.folder import MOST_FILES

FOLDER: Final = "uploads"


class UploadService:
    """Uploads of projects."""

    def __init__(self, database: Database, store: Store, intake: Intake, most_bytes: int) -> None:
        self._database = database
        self._store = store
        self._intake = intake
        self._most_bytes = most_bytes

    def begin(self, principal: Principal) -> str:
        """Begins an upload; gives its id.

        Raises:
            ForbiddenError: The principal may not.
        """
        principal.require(Role.EDITOR)
        upload = new_id()
        self._intake.begin(upload)
        with self._database.write() as connection:
            connection.execute(
                insert(uploads).values(
                    id=upload, project=principal.project, created=now(), touched=now(), closing=False, complete=False
                )
            )
            record(connection, principal, "addUpload", upload, {})
        return upload

    def files(self, principal: Principal, upload: str) -> dict[str, int]:
        """The sizes of an upload's files so far, by name.

        Raises:
            NotThereError: The project has no such upload.
        """
        self._check(principal, upload)
        return self._intake.sizes(upload)

    @contextmanager
    def appending(self, principal: Principal, upload: str, name: str, offset: int) -> Generator[Growing]:
        """A file of an upload, to which bytes are added from ``offset`` on, which must be its size.

        Raises:
            ForbiddenError: The principal may not.
            NotThereError: The project has no such upload.
            InvalidRequestError: The name is not taken.
            StateError: The file has another size, or the upload is being completed.
            BusyError: Somebody else adds to it.
        """
        principal.require(Role.EDITOR)
        name = safe_name(name)
        sizes = self.files(principal, upload)
        if name not in sizes and len(sizes) >= MOST_FILES:
            raise TooLargeError(f"the upload has {MOST_FILES} files", hint="upload one model")
        room = self._most_bytes - sum(sizes.values())
        if any(other.startswith(f"{name}/") or name.startswith(f"{other}/") for other in sizes):
            raise InvalidRequestError(f"{name[:200]!r} is a file and a folder", hint="rename one")
        self._touch(upload)
        with self._intake.appending(upload, name, offset, room, lambda: self._check_open(principal, upload)) as growing:
            yield growing

    def complete(self, principal: Principal, upload: str) -> str:
        """Ends an upload; an archive that is alone in it is unpacked. Gives the URL of the folder.

        Raises:
            ForbiddenError: The principal may not.
            NotThereError: The project has no such upload.
            InvalidRequestError: It is empty, or its archive is damaged or hostile.
            TooLargeError: Its archive holds too much.
            BusyError: A file of it still grows.
        """
        principal.require(Role.EDITOR)
        names = list(self.files(principal, upload))
        if not names:
            raise InvalidRequestError("the upload holds no file", hint="PATCH .../files/NAME adds one")
        with self._closing(upload), self._intake.gathered(upload) as folder:
            if len(names) == 1 and is_archive(folder / names[0]):
                folder = self._unpacked(folder, names[0])
            single = _single(folder)
            url = f"{self._store.home(principal.project).url}/{FOLDER}/{upload}"
            place = self._store.place(principal.project, url)
            if not isinstance(place, LocalPlace):
                for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                    place.put(path.relative_to(folder).as_posix(), path)
            with self._database.write() as connection:
                done = update(uploads).where(uploads.c.id == upload, uploads.c.complete.is_(False))
                if connection.execute(done.values(complete=True)).rowcount != 1:
                    raise StateError("the upload is complete", hint="begin another one")
                if isinstance(place, LocalPlace):
                    place.path.parent.mkdir(parents=True, exist_ok=True)
                    folder.rename(place.path)
        self._intake.drop(upload)
        if isinstance(place, LocalPlace):
            return LocalPlace(path=place.path / single).url
        return f"{place.url}/{single}" if single else place.url

    def drop(self, principal: Principal, upload: str) -> None:
        """Takes an upload away that is not complete.

        Raises:
            NotThereError: The project has no such upload.
        """
        principal.require(Role.EDITOR)
        self._check(principal, upload)
        with self._database.write() as connection:
            connection.execute(delete(uploads).where(uploads.c.id == upload, uploads.c.complete.is_(False)))
            record(connection, principal, "deleteUpload", upload, {})
        self._intake.drop(upload)

    def expire(self, before: str) -> int:
        """Takes away uploads that are not complete and to which nothing was added since a moment; gives how many."""
        old = (func.coalesce(uploads.c.touched, uploads.c.created) < before) & uploads.c.complete.is_(False)
        with self._database.write() as connection:
            found = [row.id for row in connection.execute(delete(uploads).where(old).returning(uploads.c.id))]
        for upload in found:
            self._intake.drop(upload)
        return len(found)

    @contextmanager
    def _closing(self, upload: str) -> Generator[None]:
        """While an upload is completed nothing can be added to it; when that fails, it goes on as before.

        What is being added meanwhile either was there before this began, or is refused when it ends.
        """
        self._close(upload, closing=True)
        try:
            yield
        except BaseException:
            self._close(upload, closing=False)
            raise

    def _close(self, upload: str, *, closing: bool) -> None:
        with self._database.write() as connection:
            connection.execute(update(uploads).where(uploads.c.id == upload).values(closing=closing, touched=now()))

    def _touch(self, upload: str) -> None:
        with self._database.write() as connection:
            connection.execute(update(uploads).where(uploads.c.id == upload).values(touched=now()))

    def _check_open(self, principal: Principal, upload: str) -> None:
        """Lets through who may add to an upload.

        Raises:
            NotThereError: It is complete, or gone.
            StateError: It is being completed.
        """
        self._check(principal, upload)
        with self._database.read() as connection:
            closing = connection.execute(select(uploads.c.closing).where(uploads.c.id == upload)).scalar()
        if closing:
            raise StateError("the upload is being completed", hint="begin another one for further files")

    def _check(self, principal: Principal, upload: str) -> None:
        with self._database.read() as connection:
            query = select(uploads.c.id).where(
                uploads.c.id == upload, uploads.c.project == principal.project, uploads.c.complete.is_(False)
            )
            found = connection.execute(query).first()
        if found is None:
            raise NotThereError(f"no upload {upload[:64]!r} under way", hint="POST /v1/uploads begins one")

    def _unpacked(self, folder: Path, name: str) -> Path:
        target = folder / ".unpacked"
        shutil.rmtree(target, ignore_errors=True)
        try:
            unpack(folder / name, target, most_bytes=self._most_bytes)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        return target


def _single(folder: Path) -> str:
    """The name of the one folder that a folder holds, if it holds nothing else."""
    items = list(folder.iterdir())
    return items[0].name if len(items) == 1 and items[0].is_dir() else ""
