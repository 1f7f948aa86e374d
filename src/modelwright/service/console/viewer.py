"""Netron's files, and a page of it that shows a model which the page around it hands over.

The page is served into a sandbox: it has no origin, so no cookie, no storage and no request in the visitor's name,
whatever a model file makes it do. It gets the bytes of a model by messages, and asks nobody but this service for files
of its own.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Final

from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Scope

ROOT: Final = "/viewer"
FRAME: Final = "frame.html"
_SCRIPT: Final = Path(__file__).with_name("static") / "viewer_frame.js"
_SCRIPT_NAME: Final = "modelwright.js"
_SERVED: Final = (".js", ".json", ".css", ".png", ".ico")
_POLICY: Final = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'self' blob:; worker-src blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600",
}
"""A page without an origin loads its own scripts as a stranger; they are no secret."""
_CHANGES: Final = (
    (r'<meta http-equiv="Content-Security-Policy"[^>]*>', ""),
    (r'<meta name="viewport"[^>]*>', '<meta name="viewport" content="width=device-width, initial-scale=1">'),
    (r'<script[^>]*src="index\.js"></script>', f'<script type="module" src="{_SCRIPT_NAME}"></script>'),
)


def viewer_folder() -> Path | None:
    """Where Netron is installed, or None when it is not, or is one whose page is not as this module knows it."""
    found = importlib.util.find_spec("netron")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    return folder if frame_page(folder) is not None else None


def frame_page(folder: Path) -> str | None:
    """Netron's page with our script instead of its own; None where it has changed too much."""
    try:
        text = (folder / "index.html").read_text(encoding="utf-8")
    except OSError:
        return None
    for pattern, instead in _CHANGES:
        text, count = re.subn(pattern, instead, text)
        if count != 1:
            return None
    return text


class Viewer(StaticFiles):
    """Serves Netron's files.

    Args:
        folder: Where Netron is installed.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self._page = frame_page(folder) or ""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The page, our script, or one of Netron's files."""
        if path == FRAME:
            found: Response = HTMLResponse(self._page)
            found.headers["Content-Security-Policy"] = _POLICY
            found.headers["X-Frame-Options"] = "SAMEORIGIN"
        elif path == _SCRIPT_NAME:
            found = FileResponse(_SCRIPT, media_type="text/javascript")
        elif Path(path).suffix in _SERVED:
            found = await super().get_response(path, scope)
        else:
            raise HTTPException(status_code=404)
        found.headers.update(_HEADERS)
        return found
