"""The command: what it writes, what it says, and how it ends."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from core.command_line import main
from core.pictures.codec import read_picture
from core.style.options import Colours, Options, Preset, Solver
from core.style.style_errors import DeviceError, WeightsError
from tests.auxil.painters import FAILS, LOSES_DEVICE, SHRINKS, STOPS_EARLY, StubPainter, losses_at
from tests.auxil.pictures import mean_difference, painting, photo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.style.progress import Event


COMMAND = "photo.png style.png -o out.png"


class Recorder(StubPainter):
    """Remembers how it was asked, and can be interrupted while it paints."""

    interrupt_at = 0

    def __call__(self, **choices: str) -> Recorder:
        self.choices = choices
        return self

    def stylize(self, content: Any, styles: Any, options: Options, **more: Any) -> Iterator[Event]:
        self.options, self.styles = options, len(styles)
        for number, event in enumerate(super().stylize(content, styles, options, **more), 1):
            if number == self.interrupt_at:
                signal.raise_signal(signal.SIGINT)
            yield event


@pytest.fixture
def painter() -> Recorder:
    return Recorder()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    photo(96, 72).save(tmp_path / "photo.png")
    painting(80, 80).save(tmp_path / "style.png")
    (tmp_path / "text.png").write_text("hello")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(painter: Recorder, line: str) -> int:
    try:
        return main(line.split(), painter_factory=painter)
    except SystemExit as end:
        return int(end.code or 0)


def test_the_picture_is_written_and_its_losses_are_told(
    files: Path, painter: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(painter, COMMAND) == 0

    with Image.open(files / "out.png") as picture:
        assert mean_difference(picture, photo(96, 72)) == 0
    said = capsys.readouterr().out
    assert "out.png: 96 × 72 pixels" in said
    assert f"{losses_at(0).style:.6g} -> {losses_at(20).style:.6g}" in said
    assert f"{losses_at(0).content:.6g} -> {losses_at(20).content:.6g}" in said
    assert "20 evaluations in 1.0 s on stub with none weights" in said
    assert sorted(path.name for path in files.iterdir() if "out" in path.name) == ["out.png"]


@pytest.mark.parametrize(
    ("name", "image_format"),
    [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.jpeg", "JPEG"), ("a.webp", "WEBP")],
)
@pytest.mark.usefixtures("files")
def test_the_suffix_is_the_format(painter: Recorder, name: str, image_format: str) -> None:
    assert run(painter, f"photo.png style.png -o {name}") == 0

    with Image.open(name) as picture:
        assert picture.format == image_format


@pytest.mark.parametrize(
    ("name", "corner"), [("a.png", (0, 0, 0, 0)), ("a.webp", (0, 0, 0, 0)), ("a.jpg", (255,) * 3)]
)
def test_a_cut_out_stays_one_where_the_format_can_hold_it(
    files: Path, painter: Recorder, name: str, corner: tuple[int, ...]
) -> None:
    cut = photo(96, 72).convert("RGBA")
    cut.paste((255, 0, 0, 0), (0, 0, 40, 72))
    cut.save(files / "cut.png")

    assert run(painter, f"cut.png style.png -o {name}") == 0

    with Image.open(name) as picture:
        assert picture.getpixel((5, 5)) == corner


@pytest.mark.usefixtures("files")
def test_every_option_reaches_the_painter(painter: Recorder) -> None:
    code = run(
        painter,
        "photo.png style.png style.png -o out.png --preset fine --size 300 --strength 0.7"
        " --colours match --style-weight 1 --style-weight 2.5 --style-scale 0.5 --solver lbfgs"
        " --evaluations 12 --noise --time-limit 9.5 --seed -3 --device cuda:1 --weights /w.pth",
    )

    assert code == 0
    assert painter.choices == {"device": "cuda:1", "weights": "/w.pth"}
    assert painter.styles == 2
    assert painter.options == Options(
        preset=Preset.FINE,
        size=300,
        strength=0.7,
        colours=Colours.MATCH,
        style_weights=(1.0, 2.5),
        style_scale=0.5,
        solver=Solver.LBFGS,
        evaluations=12,
        noise=True,
        time_limit=9.5,
        seed=-3,
    )


@pytest.mark.usefixtures("files")
def test_what_is_not_asked_for_is_as_the_options_have_it(painter: Recorder) -> None:
    run(painter, COMMAND)

    assert painter.options == Options()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("photo.png nowhere.png -o out.png", "nowhere.png cannot be read: No such file"),
        (". style.png -o out.png", ". cannot be read: Is a directory"),
        ("text.png style.png -o out.png", "text.png: This file is not a picture"),
        ("photo.png style.png -o out.gif", "suffix must be one of .png, .jpg"),
        ("photo.png style.png -o out", "suffix must be one of .png, .jpg"),
        ("photo.png style.png -o no/such/out.png", "cannot be written: No such file or directory"),
        ("photo.png style.png -o photo.png/out.png", "cannot be written: Not a directory"),
        ("photo.png style.png -o taken.png", "cannot be written: it is a directory"),
        ("photo.png style.png -o out.png --size 9", "size must be between 64 and 4096, not 9"),
        ("photo.png style.png -o out.png --size big", "--size: invalid int value: 'big'"),
        ("photo.png style.png -o out.png --strength 1.5", "strength must be between 0 and 1"),
        ("photo.png style.png -o out.png --preset best", "invalid choice: 'best'"),
        ("photo.png style.png -o out.png --time-limit 0", "time limit must be above 0"),
        ("photo.png style.png -o out.png --style-weight 0", "style weight must be above 0"),
        ("photo.png style.png", "required: -o/--output"),
        ("photo.png -o out.png", "required: STYLE"),
        ("photo.png style.png -o out.png --fast", "Unrecognized arguments: --fast"),
    ],
)
def test_a_bad_file_or_option_ends_with_one_sentence_before_anything_is_painted(
    files: Path, painter: Recorder, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    (files / "taken.png").mkdir()

    assert run(painter, line) == 2

    said = capsys.readouterr()
    assert told in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert not hasattr(painter, "options")
    assert not (files / "out.png").exists()


@pytest.mark.parametrize("error", [DeviceError("No cuda:7 here."), WeightsError("No such file.")])
@pytest.mark.usefixtures("files")
def test_a_device_or_weights_that_do_not_exist_end_with_their_sentence(
    capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fail(**_choices: str) -> Recorder:
        raise error

    assert main(COMMAND.split(), painter_factory=fail) == 2

    assert capsys.readouterr().err == f"{error}\n"


@pytest.mark.usefixtures("files")
def test_a_transfer_that_fails_ends_with_its_sentence_and_one(
    painter: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(painter, f"{COMMAND} --seed {FAILS}") == 1

    assert "not enough memory" in capsys.readouterr().err


@pytest.mark.usefixtures("files")
def test_a_gpu_that_fails_is_one_line(
    painter: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(painter, f"{COMMAND} --seed {LOSES_DEVICE}") == 1

    assert capsys.readouterr().err == (
        "The GPU failed (CUDA error: an illegal memory access was encountered). Please try again.\n"
    )


@pytest.mark.usefixtures("files")
def test_time_limits_reduced_sizes_and_rough_losses_are_told(
    painter: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(painter, f"{COMMAND} --seed {STOPS_EARLY}") == 0
    assert run(painter, f"{COMMAND} --seed {SHRINKS}") == 0

    said = capsys.readouterr()
    assert "as far as the time limit allowed" in said.out
    assert said.out.count("The losses are approximate") == 1
    assert "Not enough memory for 768 × 576 pixels: going on with 96 × 72." in said.err


def test_ctrl_c_saves_what_is_there(
    files: Path, painter: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    painter.interrupt_at = 7
    # Ignored, where a shell began the tests in the background.
    before = signal.getsignal(signal.SIGINT)

    assert run(painter, COMMAND) == 130

    assert read_picture((files / "out.png").read_bytes()).size == (96, 72)
    said = capsys.readouterr().err
    assert "Stopped after 7 of 20 evaluations" in said
    assert "out.png (96 × 72 pixels)" in said
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_before_the_first_evaluation_saves_nothing_and_says_so(
    files: Path, painter: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    painter.interrupt_at = 1

    assert run(painter, COMMAND) == 130

    assert not (files / "out.png").exists()
    assert capsys.readouterr().err == "Stopped; nothing was saved.\n"


def test_an_existing_file_survives_a_failure(files: Path, painter: Recorder) -> None:
    (files / "out.png").write_bytes(b"precious")

    assert run(painter, f"{COMMAND} --seed {FAILS}") == 1

    assert (files / "out.png").read_bytes() == b"precious"


def read_to_the_end(screen: int) -> str:
    shown = b""
    with suppress(OSError):  # Linux' way to say that the terminal was closed
        while part := os.read(screen, 10_000):
            shown += part
    os.close(screen)
    return shown.decode()


def test_on_a_terminal_a_bar_shows_size_and_losses(files: Path) -> None:
    program = (
        "import sys; from core.command_line import main; from tests.auxil.painters import StubPainter;"
        "main(sys.argv[1:], painter_factory=lambda **_: StubPainter(pause=0.05))"
    )
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))

    with subprocess.Popen(
        [sys.executable, "-c", program, *COMMAND.split()],
        cwd=files,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=terminal,
        stdout=subprocess.DEVNULL,
    ):
        os.close(terminal)
        shown = read_to_the_end(screen)

    assert "96 × 72" in shown
    assert "style=" in shown
    assert "20" in shown


def test_help_loads_no_torch_and_tells_ranges_and_defaults() -> None:
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "core", "--help"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert "torch" not in shown.stderr
    text = " ".join(shown.stdout.split())  # lines are broken where they are full
    for part in ("64 to 4096", "default: balanced", "default: 0.5", "0.25 to 4", "1 to 5000"):
        assert part in text
