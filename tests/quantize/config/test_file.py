"""What a calibration file says, when it says little."""

from modelwright.quantize.config.file import CalibrationFile, ModelSettings
from modelwright.quantize.settings import QuantizeSettings


def test_what_is_not_said():
    file = CalibrationFile(model=ModelSettings(), settings=QuantizeSettings(), data=None)
    assert file.report
    assert file.model.simplify
    assert file.model.output_prefix is None
    assert not file.remarks
