"""Server-sent events, line by line."""

from __future__ import annotations

import json

from modelwright.client.answers import Event
from modelwright.service.logs.schemas import Line


class EventReader:
    """Puts the lines of a stream together.

    Attributes:
        last: The id to go on after when the stream breaks off; empty before the first line of the log.
        over: Whether the last event was seen.
    """

    def __init__(self) -> None:
        self.last = ""
        self.over = False
        self._fields: dict[str, str] = {}

    def feed(self, line: str) -> Event | None:
        """The event that this line ends, or None."""
        if line:
            name, _, value = line.partition(": ")
            self._fields[name] = value
            return None
        fields, self._fields = self._fields, {}
        if "event" not in fields:
            return None
        self.last = fields.get("id", self.last)
        self.over = fields["event"] == "end"
        data = json.loads(fields["data"])
        if fields["event"] == "line":
            return Event(kind="line", line=Line.model_validate(data))
        return Event(kind=fields["event"], status=data["status"])
