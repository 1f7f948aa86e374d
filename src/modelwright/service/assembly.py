"""The parts that servers and workers share, made as the settings say."""

from __future__ import annotations

from pathlib import Path

from modelwright.errors import UsageError
from modelwright.service.database import Database
from modelwright.service.engine.cache import Cache
from modelwright.service.settings import ServiceSettings
from modelwright.service.storage.commits import Commits
from modelwright.service.storage.local_place import LocalPlace
from modelwright.service.storage.object_place import ObjectPlace
from modelwright.service.storage.store import Store
from modelwright.service.uploads.intake import Intake, LocalIntake, ObjectIntake


def open_store(settings: ServiceSettings, database: Database) -> Store:
    """The projects' folders.

    Raises:
        UsageError: A root would show the service's own data to projects.
    """
    folder = settings.data.absolute() / "store" if settings.store is None else settings.store
    _check_roots(settings)
    _check_storages(settings)
    return Store(folder, settings.roots, settings.storages, Commits(database))


def open_cache(settings: ServiceSettings, store: Store) -> Cache:
    """Results of before: beside the projects' folders where settings name these, so that all machines see them."""
    own = LocalPlace(path=settings.data.absolute() / "cache")
    return Cache(own if settings.store is None else store.inner("cache"))


def open_intake(settings: ServiceSettings, store: Store) -> Intake:
    """Where uploads grow, likewise."""
    own = settings.data.absolute() / "uploads"
    place = store.inner("uploads")
    if isinstance(place, ObjectPlace):
        return ObjectIntake(place, own)
    return LocalIntake(own if settings.store is None or not isinstance(place, LocalPlace) else place.path)


def _check_roots(settings: ServiceSettings) -> None:
    guarded = [settings.data.absolute(), *([settings.store] if isinstance(settings.store, Path) else [])]
    for root in [root for paths in settings.roots.values() for root in paths]:
        for data in guarded:
            found = root.resolve()
            if data.resolve().is_relative_to(found) or found.is_relative_to(data.resolve()):
                raise UsageError(
                    f"the root {root} holds the service's own data, or lies in it", hint="give --data another folder"
                )


def _check_storages(settings: ServiceSettings) -> None:
    if settings.store is None or isinstance(settings.store, Path):
        return
    own = f"{settings.store.root.partition('://')[2]}/"
    for storage in [storage for storages in settings.storages.values() for storage in storages]:
        other = f"{storage.root.partition('://')[2]}/"
        same = storage.endpoint == settings.store.endpoint
        if same and (own.startswith(other) or other.startswith(own)):
            raise UsageError(
                f"the storage {storage.url} holds the service's own store, or lies in it", hint="give another prefix"
            )
