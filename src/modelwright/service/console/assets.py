"""Static files, named with a hash of their content so that browsers keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

FOLDER: Final = Path(__file__).with_name("static")
ROOT: Final = "/static"


class Assets(StaticFiles):
    """The files of ``static/``."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)
        self._hashes = {
            path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in FOLDER.rglob("*")
            if path.is_file()
        }

    def url(self, name: str) -> str:
        """The address of a file.

        Raises:
            KeyError: There is no such file.
        """
        return f"{ROOT}/{name}?v={self._hashes[name]}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file; kept for ever when it was asked for by its hash."""
        response = await super().get_response(path, scope)
        asked = scope["query_string"].decode("latin-1")
        if response.status_code == 200 and asked == f"v={self._hashes.get(path)}":
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        return response
