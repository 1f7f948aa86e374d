from modelwright.service.clock import new_id, now


def test_ids_sort_by_time_and_differ():
    found = [new_id() for _ in range(100)]
    assert len({len(item) for item in found}) == 1
    assert len(set(found)) == 100
    assert [item[:14] for item in found] == sorted(item[:14] for item in found)


def test_times_sort():
    assert now() <= now()
    assert now().endswith("Z")
