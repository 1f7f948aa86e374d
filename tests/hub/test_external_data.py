from modelwright.hub.external_data import Placement, lay_out


def test_large_tensors_start_on_pages_and_small_ones_on_cache_lines():
    assert lay_out([5000, 100, 70000, 10, 1]) == [
        Placement(offset=0, length=5000),
        Placement(offset=5056, length=100),
        Placement(offset=8192, length=70000),
        Placement(offset=78208, length=10),
        Placement(offset=78272, length=1),
    ]
    assert lay_out([]) == []


def test_tensors_of_a_mebibyte_start_where_windows_can_map():
    assert [item.offset for item in lay_out([70000, 1 << 20, 10, 3 << 20])] == [0, 131072, 1179648, 1245184]
