import pytest

from modelwright.errors import ModelFormatError
from modelwright.frontends.paddle.settings import read_settings
from modelwright.frontends.paddle.yaml import YamlError, parse_yaml

OCR = """
Global:
  model_name: PP-OCRv5_mobile_rec  # a name
Hpi:
  backend_configs:
    paddle_infer:
      trt_dynamic_shapes: &id001
        x:
        - - 1
          - 3
          - 48
          - 160
        - [8, 3, 48, 3200]
    tensorrt:
      dynamic_shapes: *id001
PreProcess:
  transform_ops:
  - DecodeImage:
      channel_first: false
      img_mode: BGR
  - MultiLabelEncode:
      gtc_encode: NRTRLabelEncode
  - RecResizeImg:
      image_shape:
      - 3
      - 48
      - 320
  - ToCHWImage: null
PostProcess:
  name: CTCLabelDecode
  character_dict:
  - '!'
  - "#"
  - A
"""
DETECTION = """
mode: paddle
arch: YOLO
draw_threshold: 0.5
Preprocess:
- interp: 2
  keep_ratio: false
  target_size: [640, 640]
  type: Resize
- mean: [0.0, 0.0, 0.0]
  type: NormalizeImage
- type: Permute
label_list:
- person
- bicycle
"""


def test_what_ocr_exporters_write(tmp_path):
    path = tmp_path / "inference.yml"
    path.write_text(OCR, encoding="utf-8")
    facts = read_settings(path)
    assert facts["model_name"] == "PP-OCRv5_mobile_rec"
    assert facts["input_shapes"] == {"x": [[1, 3, 48, 160], [8, 3, 48, 3200]]}
    assert facts["preprocessing"][0] == "DecodeImage(channel_first=False, img_mode=BGR)"
    assert facts["preprocessing"][2:] == ["RecResizeImg(image_shape=[3, 48, 320])", "ToCHWImage"]
    assert facts["labels"] == 3


def test_what_detection_exporters_write(tmp_path):
    path = tmp_path / "infer_cfg.yml"
    path.write_text(DETECTION, encoding="utf-8")
    facts = read_settings(path)
    assert facts["model_name"] == "YOLO"
    assert facts["preprocessing"][0] == "Resize(interp=2, keep_ratio=False, target_size=[640, 640])"
    assert facts["labels"] == 2


def test_yaml_words():
    text = "a: 1\nb: -2.5\nc: true\nd: ~\ne: 'x: y'\nf: {p: 1, q: [2, 3]}\ng: []\nh: 1e-3\ni:\n- j: 2\n  k: 3\n- - 4\n"
    assert parse_yaml(text) == {
        "a": 1,
        "b": -2.5,
        "c": True,
        "d": None,
        "e": "x: y",
        "f": {"p": 1, "q": [2, 3]},
        "g": [],
        "h": 1e-3,
        "i": [{"j": 2, "k": 3}, [4]],
    }


@pytest.mark.parametrize("text", ["a: [1, 2\n", "a: *nowhere\n", "a: 1\n   b: 2\n", "- " * 60 + "x\n"])
def test_what_is_not_understood(text, tmp_path):
    with pytest.raises(YamlError, match="line"):
        parse_yaml(text)
    path = tmp_path / "inference.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelFormatError, match="line"):
        read_settings(path)
