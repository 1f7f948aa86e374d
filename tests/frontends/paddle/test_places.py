import pytest
from paddle_checking import archive, write_model

from modelwright.errors import ModelFormatError, ModelNotFoundError
from modelwright.formats import Format
from modelwright.frontends.paddle.manifest import detect
from modelwright.frontends.paddle.places import find_places


def saved(folder, file="operators_pir", stem="inference"):
    folder.mkdir(exist_ok=True)
    program = write_model(archive(file)["conv"], folder)
    for path in (program, folder / "model.pdiparams"):
        if path.exists():
            path.rename(path.with_name(stem + path.suffix))
    return folder


def test_folder_file_and_stem_mean_the_same(tmp_path):
    saved(tmp_path)
    found = {find_places(path).program for path in (tmp_path, tmp_path / "inference.json", tmp_path / "inference")}
    assert found == {tmp_path / "inference.json"}
    assert detect(tmp_path) is detect(tmp_path / "inference") is Format.PADDLE_PIR


def test_program_desc_in_a_folder(tmp_path):
    places = find_places(saved(tmp_path, "operators_program"))
    assert places.format is Format.PADDLE_PROGRAM
    assert detect(tmp_path) is Format.PADDLE_PROGRAM


def test_named_files_and_names_of_old_models(tmp_path):
    saved(tmp_path, "operators_program")
    (tmp_path / "inference.pdmodel").rename(tmp_path / "__model__")
    assert find_places(tmp_path).program.name == "__model__"
    assert find_places(tmp_path, model_filename="__model__").program.name == "__model__"
    with pytest.raises(ModelNotFoundError, match="the folder holds __model__"):
        find_places(tmp_path, model_filename="model")


def test_several_programs_ask_for_a_name(tmp_path):
    saved(tmp_path, stem="one")
    saved(tmp_path, stem="two")
    with pytest.raises(ModelFormatError, match="several programs"):
        find_places(tmp_path)


def test_nothing_there(tmp_path):
    with pytest.raises(ModelNotFoundError):
        find_places(tmp_path / "nowhere")
    with pytest.raises(ModelFormatError, match="no Paddle program"):
        find_places(tmp_path)
    assert detect(tmp_path) is None
