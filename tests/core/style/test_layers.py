"""Layers are found by either name, and counted as VGG19 has them."""

from __future__ import annotations

import pytest

from core.style.layers import LAYERS, convolution_gflop, find_layer
from core.style.style_errors import OptionsError


@pytest.mark.parametrize(
    ("counted", "named", "index"),
    [
        ("conv_1", "conv1_1", 0),
        ("conv_4", "conv2_2", 7),
        ("conv_5", "conv3_1", 10),
        ("relu_9", "relu4_1", 20),
        ("pool_2", "pool2", 9),
        ("relu_16", "relu5_4", 35),
    ],
)
def test_both_names_mean_the_layer_at_torchvisions_index(
    counted: str, named: str, index: int
) -> None:
    assert find_layer(counted) is find_layer(named)
    assert find_layer(named).index == index


@pytest.mark.parametrize("name", ["conv_0", "conv_17", "conv3_5", "dense1", "", "conv4"])
def test_a_layer_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(OptionsError, match="layer"):
        find_layer(name)


def test_there_are_37_layers_with_16_convolutions() -> None:
    assert len(LAYERS) == 37
    assert LAYERS[-1].convolution == 16
    assert LAYERS[-1].stride == 32


def test_the_cost_of_the_tutorials_layers_is_the_published_one() -> None:
    # 118 GFLOP forward and back at 512.
    assert 2 * convolution_gflop(find_layer("conv3_1"), (512, 512)) == pytest.approx(118, rel=0.05)
