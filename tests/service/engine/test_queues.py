from modelwright.cli.worker import CHIPS
from modelwright.service.engine.queues import QUEUES, broker_queue, queue_of
from modelwright.templates.catalogue import templates


def test_each_template_has_a_queue():
    found = {item.chip: queue_of(item.chip) for item in templates()}
    assert found == {"ascend": "ascend", "gpu": "gpu", "arm": "arm", "general": "cpu"}
    assert broker_queue("cpu") == "modelwright.cpu"


def test_the_command_line_knows_them():
    assert tuple(QUEUES) == CHIPS
