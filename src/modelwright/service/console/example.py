"""The shipped example: a small TensorFlow network and its answers, converted by one button."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi.responses import Response

import modelwright
from modelwright.service.clock import new_id
from modelwright.service.console.route import page_router
from modelwright.service.console.visit import Posted, Visit, Visiting
from modelwright.service.errors import NotThereError
from modelwright.service.projects.roles import Role
from modelwright.service.tasks.schemas import NewTask

router = page_router()
TEMPLATE: Final = "TF-SavedModel-To-TFLite"
SETTINGS: Final = {"precision": "32bit", "batch_size": "5"}
_NAME: Final = "digits"
_PACKAGE: Final = Path(modelwright.__file__).parent
_PLACES: Final = (_PACKAGE / "examples" / _NAME, _PACKAGE.parents[1] / "examples" / _NAME)
"""In a wheel, and in a checkout."""


def example_folder() -> Path | None:
    """Where the example is, or None when it is not there."""
    return next((place for place in _PLACES if (place / "saved_model").is_dir()), None)


@router.post("/example")
def convert(visit: Visiting, fields: Posted) -> Response:
    """Uploads the example to the project's store, makes a task of it and shows it.

    Raises:
        NotThereError: The example is not installed.
    """
    del fields
    visit.principal.require(Role.EDITOR)
    source = example_folder()
    if source is None:
        raise NotThereError("the example is not part of this installation", hint="convert a model of your own")
    context, mark = visit.context, new_id()
    new = NewTask(
        name=f"{_NAME}-{mark[-4:]}",
        description="Handwritten digits, the shipped example",
        template=TEMPLATE,
        input=_uploaded(visit, source),
        output=context.store.fresh_output(visit.principal.project),
        settings=dict(SETTINGS),
    )
    task = context.tasks.create(visit.principal, new)
    return visit.go(f"/tasks/{task.id}")


def _uploaded(visit: Visit, source: Path) -> str:
    """The URL of an upload that holds the example."""
    uploads, principal = visit.context.uploads, visit.principal
    upload = uploads.begin(principal)
    model = source / "saved_model"
    files = {path.relative_to(model).as_posix(): path for path in sorted(model.rglob("*")) if path.is_file()}
    for name, path in {**files, "reference.npz": source / "reference.npz"}.items():
        with uploads.appending(principal, upload, name, 0) as growing:
            growing.write(path.read_bytes())
    return uploads.complete(principal, upload)
