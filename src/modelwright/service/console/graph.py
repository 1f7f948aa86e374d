"""The graph of a task's source or result, looked at with Netron."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from modelwright.service.console.model_files import result_models, source_models
from modelwright.service.console.route import page_router
from modelwright.service.console.task_files import input_file, input_names
from modelwright.service.console.task_page import outcome
from modelwright.service.console.viewer import FRAME, ROOT, viewer_folder
from modelwright.service.console.visit import Visiting
from modelwright.service.errors import NotThereError

router = page_router()


@router.get("/tasks/{task}/graph/{side}")
def show(
    visit: Visiting,
    task: str,
    side: Literal["source", "result"],
    file: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """A page with the graph of a model file of the input folder, or of an artifact.

    Raises:
        NotThereError: There is no such task or file.
    """
    found = visit.context.tasks.get(visit.principal, task)
    models = source_models(visit, found) if side == "source" else result_models(found)
    if not models or (file and file not in models):
        raise NotThereError(f"the task {found.name} has no such model file", hint="its page lists what there is")
    names = input_names(visit, found) if side == "source" else [item.name for item in found.artifacts]
    base = f"/tasks/{found.id}/input/" if side == "source" else f"/v1/tasks/{found.id}/artifacts/"
    values = {
        "task": found,
        "side": side,
        "sides": {"source": bool(source_models(visit, found)), "result": bool(result_models(found))},
        "models": models,
        "file": file or models[0],
        "names": json.dumps(list(names)),
        "base": base,
        "viewer": f"{ROOT}/{FRAME}" if viewer_folder() is not None else "",
        "facts": outcome(visit, found).models.get(side),
    }
    return visit.page("graph.html", values)


@router.get("/tasks/{task}/input/{name:path}")
def source_file(visit: Visiting, task: str, name: str) -> Response:
    """A file of the input folder as it is now."""
    return input_file(visit, visit.context.tasks.get(visit.principal, task), name)
