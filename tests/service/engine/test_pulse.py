import time

from modelwright.service.engine.lease import Leases
from modelwright.service.engine.pulse import Pulse


def test_a_lease_holds_while_something_else_is_done(context, asking, new_task):
    task = context.tasks.create(asking(), new_task())
    leases = Leases(context.database, "a", 0.4)
    claim = leases.take()
    with Pulse(leases, claim) as pulse:
        time.sleep(0.8)
        assert leases.take() is None
        assert (pulse.ours, pulse.canceled) == (True, False)
        context.tasks.cancel(asking(), task.id)
        time.sleep(0.4)
        assert pulse.canceled
    time.sleep(0.5)
    assert leases.take().row.attempt == 2


def test_a_lost_lease_is_seen(context, asking, new_task):
    context.tasks.create(asking(), new_task())
    leases = Leases(context.database, "a", 0.1)
    claim = leases.take()
    time.sleep(0.15)
    Leases(context.database, "b", 30).take()
    with Pulse(leases, claim) as pulse:
        time.sleep(0.2)
        assert not pulse.ours
