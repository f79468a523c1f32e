import pytest

from expdb.catalog.models import architectures
from expdb.catalog.zoo import ZOO
from expdb.train.model.list_timm_models import inventory


def test_inventory_agrees_with_the_shipped_list() -> None:
    names = ["test_resnet", "test_vit", "resnet18", *ZOO]

    entries = list(inventory(names))

    assert [entry.name for entry in entries] == names
    for entry in entries:
        shipped = architectures()[entry.name]
        assert (entry.family, entry.num_params, entry.img_size) == (
            shipped.family,
            shipped.num_params,
            shipped.img_size,
        )


def test_model_that_cannot_be_built_is_left_out_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(inventory(["no_such_model"])) == []

    assert "left out: no_such_model" in capsys.readouterr().err
