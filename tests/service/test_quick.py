import asyncio
import threading

from modelwright.service.quick import Quick


def test_only_so_many_at_a_time():
    inside, most = [], []

    def act():
        inside.append(None)
        most.append(len(inside))
        threading.Event().wait(0.01)
        inside.pop()
        return threading.current_thread()

    async def run():
        quick = Quick(2)
        return await asyncio.gather(*(quick.read(act) for _ in range(12)))

    threads = asyncio.run(run())
    assert threading.main_thread() not in threads
    assert max(most) == 2


def test_an_error_comes_to_who_asked():
    async def run():
        quick = Quick(1)
        try:
            await quick.read({}.popitem)
        except KeyError:
            return await quick.read(lambda: "next")
        raise AssertionError("nothing was raised")

    assert asyncio.run(run()) == "next"
