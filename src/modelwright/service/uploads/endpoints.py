"""Uploads over REST; a file can be resumed where it broke off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from modelwright.service.context import Asking, Served
from modelwright.service.problems import RESPONSES
from modelwright.service.uploads.schemas import Complete, Grown, Upload

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], responses=RESPONSES)


@router.post("", status_code=201)
def begin_upload(context: Served, asking: Asking) -> Upload:
    """Begins an upload of a model's folder, file by file, or of one archive (zip, tar, tar.gz, ...)."""
    return Upload(id=context.uploads.begin(asking))


@router.get("/{upload}")
def get_upload(context: Served, asking: Asking, upload: str) -> Upload:
    """What has arrived so far."""
    return Upload(id=upload, files=context.uploads.files(asking, upload))


@router.patch("/{upload}/files/{name:path}")
async def add_to_file(
    context: Served,
    asking: Asking,
    upload: str,
    name: str,
    request: Request,
    response: Response,
    upload_offset: Annotated[int, Header(ge=0, le=1 << 50)] = 0,
) -> Grown:
    """Adds the request's body to a file, from ``Upload-Offset`` on, which must be the bytes it has so far."""
    manager = context.uploads.appending(asking, upload, name, upload_offset)
    growing = await run_in_threadpool(manager.__enter__)
    try:
        async for piece in request.stream():
            await run_in_threadpool(growing.write, piece)
        size = growing.size
    finally:
        await run_in_threadpool(manager.__exit__, None, None, None)
    response.headers["Upload-Offset"] = str(size)
    return Grown(name=name, offset=size)


@router.post("/{upload}/complete")
def complete_upload(context: Served, asking: Asking, upload: str) -> Complete:
    """Ends an upload; an archive that is alone in it is unpacked."""
    return Complete(url=context.uploads.complete(asking, upload))


@router.delete("/{upload}", status_code=204)
def drop_upload(context: Served, asking: Asking, upload: str) -> None:
    """Takes an upload away that is not complete."""
    context.uploads.drop(asking, upload)
