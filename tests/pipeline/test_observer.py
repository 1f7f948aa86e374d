from modelwright.pipeline.observer import Observer, Silent


def test_silence_is_an_observer():
    observer: Observer = Silent()
    observer.begin("quantize")
    observer.advance(1, 2)
    observer.end("quantize")
