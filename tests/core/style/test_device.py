"""Which device is used, and the precision that is measured to be the fastest on it."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
import torch

from core.style import device, measurement, network
from core.style.device import describe, fast_dtypes, memory_orders, use_true_float32
from core.style.measurement import Measurement, measure
from core.style.options import Method, Options, Preset
from core.style.style_errors import DeviceError
from core.style.stylizer import Stylizer
from core.style.vgg19 import VGG19, Precision
from core.style.weights import Weights, load_weights
from tests.auxil.scenes import dots, waves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.style.progress import Event

CPU = torch.device("cpu")
GPU = torch.device("meta")  # a device that is no CPU, which every machine has
FLOAT32, BFLOAT16 = torch.float32, torch.bfloat16
CONTIGUOUS, CHANNELS_LAST = torch.contiguous_format, torch.channels_last


@pytest.fixture(scope="module")
def weights() -> Weights:
    return load_weights()


@pytest.fixture
def _tiny_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure on pictures so small that it takes no time and says little."""
    tiny = replace(measurement._CPU, sides=(16,), final=32, deepest="relu1_1")
    monkeypatch.setattr(measurement, "_CPU", tiny)


@dataclass
class Bench:
    """A GPU and its clock, which both stand in for real ones: work takes time when the GPU is waited for.

    Attributes:
        cost: Seconds of an evaluation, by the side of the picture and the precision.
        now: The clock.
        sides: The side of each picture that was evaluated.
        queued: Seconds of work that the GPU was given and has not been waited for.
    """

    cost: Callable[[int, Precision], float]
    now: float = 0.0
    queued: float = 0.0

    def __post_init__(self) -> None:
        self.ran: list[tuple[int, Precision]] = []

    def synchronize(self, _device: torch.device) -> None:
        self.now += self.queued
        self.queued = 0.0

    def measure(self, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> Measurement:
        bench = self

        class Network:
            def __init__(
                self, *_: object, device: torch.device, precision: Precision, **__: object
            ) -> None:
                self.device, self.precision = device, precision

            def forward(self, pixels: torch.Tensor, *_: object) -> list[torch.Tensor]:
                side = pixels.shape[-1]
                bench.ran.append((side, self.precision))
                bench.queued += bench.cost(side, self.precision)
                return [torch.zeros(1)]

            def backward(self, *_: object) -> None:
                """Costs nothing more."""

        with monkeypatch.context() as patch:
            patch.setattr(measurement, "VGG19", Network)
            patch.setattr(measurement, "synchronize", self.synchronize)
            patch.setattr("time.perf_counter", lambda: self.now)
            return measure(weights, GPU, cache_dir=None)


@pytest.mark.parametrize("name", ["cuda:97", "mps", "tpu", "cpu:x"])
def test_a_device_that_is_not_here_is_refused(name: str) -> None:
    with pytest.raises(DeviceError, match="Choose"):
        Stylizer(device=name).load()


@pytest.mark.usefixtures("_tiny_measurement")
def test_a_measurement_is_remembered_and_one_that_is_damaged_made_again(
    weights: Weights, tmp_path: Path
) -> None:
    first = measure(weights, CPU, cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    written = path.stat().st_mtime_ns

    assert measure(weights, CPU, cache_dir=tmp_path) == first
    assert path.stat().st_mtime_ns == written

    path.write_text("{")
    measure(weights, CPU, cache_dir=tmp_path)
    assert json.loads(path.read_text())["speed"] > 0


@pytest.mark.usefixtures("_tiny_measurement")
def test_a_folder_that_cannot_be_used_is_a_warning(
    weights: Weights, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "a file"
    file.touch()

    assert measure(weights, CPU, cache_dir=file / "folder").speed > 0

    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "cannot be kept" in record.message


@pytest.mark.usefixtures("_tiny_measurement")
def test_a_measurement_is_replaced_when_it_is_asked_for_anew(
    weights: Weights, tmp_path: Path
) -> None:
    measure(weights, CPU, cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"speed": 0.001}))
    assert measure(weights, CPU, cache_dir=tmp_path).speed == 0.001

    replaced = measure(weights, CPU, cache_dir=tmp_path, anew=True)

    assert replaced.speed > 0.1
    assert measure(weights, CPU, cache_dir=tmp_path) == replaced


def test_a_first_job_that_contradicts_the_measurement_has_it_made_again_once(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def job() -> Iterator[Event]:
        options = Options(preset=Preset.QUICK, method=Method.GRAM, size=64, evaluations=5)
        return stylizer.stylize(waves((64, 16)), [dots((64, 16))], options)

    networks = stylizer._loaded()
    right = networks.measurement
    busy = replace(right, speed=0.001, side=64)
    monkeypatch.setattr(networks, "measurement", busy)
    monkeypatch.setattr(networks, "_judged", False)
    monkeypatch.setattr(network, "measure", lambda *_, **choices: choices["anew"] and right)

    list(job())
    assert networks.measurement is busy  # nobody waits for a measurement before the result
    next(job())
    assert networks.measurement is right

    monkeypatch.setattr(networks, "measurement", busy)
    list(job())
    next(job())
    assert networks.measurement is busy


@pytest.mark.parametrize(
    ("seconds", "side", "expected"),
    [(1.0, 512, False), (1.4, 512, False), (1.6, 512, True), (0.6, 512, True), (9.0, 200, False)],
    ids=["as measured", "a little slower", "slower", "faster", "too small to tell"],
)
def test_half_as_fast_again_either_way_contradicts(
    seconds: float, side: int, expected: bool
) -> None:
    measured = Measurement(Precision(), Precision(), speed=100.0, side=512)
    assert measured.contradicts(100.0, (side, side // 2), seconds) is expected


def test_a_gpu_is_waited_for_and_measured_on_a_large_picture(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(
        lambda _, precision: 0.5 if precision == Precision(BFLOAT16, CHANNELS_LAST) else 0.75
    )
    found = bench.measure(weights, monkeypatch)
    assert found.fast == Precision(BFLOAT16, CHANNELS_LAST)
    assert found.exact.dtype is FLOAT32
    assert {side for side, _ in bench.ran} == {found.side} == {1024}


def test_a_busy_moment_does_not_decide(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    best = Precision(BFLOAT16, CHANNELS_LAST)

    def cost(_: int, precision: Precision) -> float:
        busy = bench.ran.count((1024, best)) in (4, 6) and precision == best
        return {FLOAT32: 0.3, BFLOAT16: 0.12}[precision.dtype] * (
            0.8 if precision == best else 1
        ) + busy

    bench = Bench(cost)
    assert bench.measure(weights, monkeypatch).fast == best


def test_a_small_gpu_is_measured_on_what_fits(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost(side: int, _: Precision) -> float:
        if side > 600:
            raise torch.OutOfMemoryError
        return 0.1

    assert Bench(cost).measure(weights, monkeypatch).side == 512


def test_a_precision_that_the_device_cannot_compute_is_left_out(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost(_: int, precision: Precision) -> float:
        if precision.dtype is BFLOAT16:
            raise RuntimeError("not implemented for 'BFloat16'")
        return 0.1

    assert Bench(cost).measure(weights, monkeypatch).fast.dtype is FLOAT32


def test_a_hopeless_precision_is_tried_no_more_than_it_must(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(lambda _, precision: 0.01 if precision.dtype is FLOAT32 else 1.0)
    assert bench.measure(weights, monkeypatch).fast.dtype is FLOAT32
    assert sum(precision.dtype is BFLOAT16 for _, precision in bench.ran) <= 6


@pytest.mark.usefixtures("_tiny_measurement")
def test_weights_whose_features_overflow_float16_are_left_in_float32(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def formats(weights: Weights) -> set[torch.dtype]:
        ran = set()
        monkeypatch.setattr(measurement, "fast_dtypes", lambda _: ("float32", "float16"))
        run = measurement._try

        def noted(network: VGG19, pixels: torch.Tensor) -> float:
            seconds = run(network, pixels)
            if seconds != measurement._FAILED:
                ran.add(network.precision.dtype)
            return seconds

        with monkeypatch.context() as patch:
            patch.setattr(measurement, "_try", noted)
            measure(weights, CPU, cache_dir=None)
        return ran

    first, *others = weights.convolutions
    large = replace(first, stored=1e4 * first.kernel, table=None)
    assert formats(weights) == {FLOAT32, torch.float16}
    assert formats(replace(weights, convolutions=(large, *others))) == {FLOAT32}


@pytest.mark.usefixtures("_gpus")
def test_the_device_meant_is_asked_for_bfloat16() -> None:
    assert fast_dtypes(torch.device("cuda", 0)) == ("float32", "float16")
    assert fast_dtypes(torch.device("cuda", 1)) == ("float32", "bfloat16")


@pytest.mark.usefixtures("_gpus")
def test_another_card_or_driver_is_measured_anew_and_another_host_name_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = tmp_path / "version"
    monkeypatch.setattr(device, "_DRIVERS", (driver,))
    first, second = (torch.device("cuda", number) for number in (0, 1))
    known = [describe(first)]
    monkeypatch.setattr(platform, "node", lambda: "another")
    assert describe(first) == known[0]

    known.append(describe(second))
    driver.write_text("NVRM version: 550.54.15")
    known.append(describe(first))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 97)
    known.append(describe(first))
    known.append(describe(CPU))
    assert len(set(known)) == 5


@pytest.fixture
def _gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cards, the first without bfloat16."""
    cards = {0: ("Tesla T4", (7, 5)), 1: ("A100", (8, 0))}
    for name, place in (("get_device_name", 0), ("get_device_capability", 1)):
        monkeypatch.setattr(torch.cuda, name, lambda which, place=place: cards[which.index][place])


def test_an_order_that_ends_the_process_on_mps_is_not_even_tried() -> None:
    assert memory_orders(torch.device("mps")) == ("contiguous",)
    assert "channels_last" in memory_orders(torch.device("cuda", 0))


@pytest.mark.usefixtures("stylizer")
def test_with_a_network_float32_is_float32() -> None:
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"
    assert torch.backends.cudnn.conv.fp32_precision == "ieee"  # type: ignore[attr-defined]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_gpus_float32_is_exact() -> None:
    use_true_float32()
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1, 64, 64, 64, generator=generator).cuda()
    kernel = torch.randn(64, 64, 3, 3, generator=generator).cuda()
    matrix = features.view(64, -1)

    def convolution(dtype: torch.dtype) -> torch.Tensor:
        return torch.nn.functional.conv2d(features.to(dtype), kernel.to(dtype))

    def product(dtype: torch.dtype) -> torch.Tensor:
        return matrix.to(dtype) @ matrix.to(dtype).T

    for operation in (convolution, product):
        exact = operation(torch.float64)
        error = (operation(torch.float32) - exact).abs().max() / exact.abs().max()
        assert error < 1e-5  # TF32's is about 1e-3
