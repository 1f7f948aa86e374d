import re

from modelwright.diagnostics import Level
from modelwright.errors import TemplateError
from modelwright.pipeline.run import Silent
from modelwright.templates.joblog import JobLog, Logged, log_error


def test_lines_have_time_level_and_stage(tmp_path):
    heard = []
    log = JobLog(heard.append)
    log.say("import", "one\ntwo")
    Logged(log, Silent()).begin("export")
    Logged(log, Silent()).end("export")
    log.add(Level.WARNING, "verify", "")
    log_error(log, TemplateError("no", hint="do", items=["a thing"]))
    assert heard == log.lines
    lines = log.write(tmp_path / "new").read_text().splitlines()
    assert all(re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warning|error) +\w+ ", line) for line in lines)
    assert [line.partition("Z ")[2].split() for line in lines] == [
        ["info", "import", "one"],
        ["info", "import", "two"],
        ["info", "export", "begins"],
        ["info", "export", "is", "over"],
        ["warning", "verify"],
        ["error", "end", "MW-U004:", "no"],
        ["error", "end", "-", "a", "thing"],
        ["error", "end", "what", "to", "do:", "do"],
    ]
