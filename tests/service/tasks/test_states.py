from modelwright.service.tasks.states import FOLLOWS, OVER, TaskStatus, before


def test_what_may_follow():
    assert set(FOLLOWS) == set(TaskStatus)
    assert before(TaskStatus.SUCCESSFUL) == (TaskStatus.RUNNING,)
    assert set(before(TaskStatus.INITIALIZING)) == {TaskStatus.FAILED, TaskStatus.CANCELED}
    assert [item.over for item in TaskStatus] == [item in OVER for item in TaskStatus]
