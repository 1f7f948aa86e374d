"""Storage browsing over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from modelwright.service.context import Asking, Served
from modelwright.service.problems import RESPONSES
from modelwright.service.storage.schemas import EntryModel, Listing

router = APIRouter(prefix="/v1/storage", tags=["storage"], responses=RESPONSES)


@router.get("/roots")
def list_roots(context: Served, asking: Asking) -> list[str]:
    """URLs of the folders below which the project may read and write."""
    return [root.url for root in context.store.roots(asking.project)]


@router.get("")
def list_folder(context: Served, asking: Asking, url: Annotated[str, Query(max_length=4000)]) -> Listing:
    """What a folder below one of the roots holds."""
    place = context.store.place(asking.project, url)
    entries = [EntryModel.model_validate(item) for item in place.entries()]
    return Listing(url=place.url, entries=entries)
