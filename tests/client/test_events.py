from modelwright.client.events import EventReader

STREAM = """id: 0
event: line
data: {"number": 0, "time": "t", "level": "info", "stage": "input", "message": "a: b"}

: still here

event: status
data: {"status": "Running"}

event: end
data: {"status": "Failed"}

"""


def test_lines_become_events():
    reader = EventReader()
    found = [event for line in STREAM.split("\n")[:-1] if (event := reader.feed(line)) is not None]
    assert [(event.kind, event.status) for event in found] == [("line", ""), ("status", "Running"), ("end", "Failed")]
    assert found[0].line.message == "a: b"
    assert (reader.last, reader.over) == ("0", True)
