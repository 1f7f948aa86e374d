"""Folders as answers have them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class EntryModel(BaseModel):
    """One entry of a folder."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    url: str
    folder: bool
    bytes: int | None


class Listing(BaseModel):
    """What a folder holds."""

    url: str
    entries: list[EntryModel]
