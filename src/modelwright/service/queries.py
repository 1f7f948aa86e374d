"""Parameters that nobody knows are refused: a filter that is misspelled would otherwise let everything through."""

from __future__ import annotations

from difflib import get_close_matches

from fastapi import Request

from modelwright.service.errors import Fault, InvalidRequestError


async def only_known(request: Request) -> None:
    """Lets a request through whose query holds nothing that its route does not take.

    Raises:
        InvalidRequestError: It holds something else; all of it is listed.
    """
    if not request.query_params:
        return
    route = request.app.openapi()["paths"].get(request.scope["route"].path, {}).get(request.method.lower(), {})
    known = [item["name"] for item in route.get("parameters", []) if item["in"] == "query"]
    faults = [_fault(name, known) for name in dict.fromkeys(request.query_params) if name not in known]
    if faults:
        raise InvalidRequestError("the request has parameters that are not known here", faults=faults)


def _fault(name: str, known: list[str]) -> Fault:
    near = get_close_matches(name, known, 1)
    remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}" if known else "leave it out"
    return Fault(where=f"query.{name[:100]}", message="there is no such parameter", remedy=remedy)
