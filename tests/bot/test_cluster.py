"""The bot on a Dask cluster: the same conversation, and what people see when a machine or the scheduler goes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app import build_engine, running
from bot.doctor.examination import findings
from bot.settings import Settings, SettingsError
from tests.auxil.cluster import cluster_of, kill, sweep
from tests.auxil.pictures import jpeg_bytes, painting, photo
from tests.bot.conftest import BRISK, settings_for
from tests.bot.test_end_to_end import converse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.playground.server import Playground
    from tests.auxil.chat import ChatClient
    from tests.auxil.cluster import Cluster
    from tests.auxil.person import Person


@pytest.fixture(scope="module")
def painters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers with the real network."""
    with cluster_of(tmp_path_factory.mktemp("cluster"), workers=2, real=True) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    yield
    sweep()


def on(cluster: Cluster, playground: Playground, data_dir: Path) -> Settings:
    settings = settings_for(playground, data_dir)
    return settings.model_copy(update={"engine": "dask", "dask_scheduler": cluster.address})


@pytest.mark.cluster
async def test_two_photos_come_back_from_a_cluster_as_from_one_machine(
    painters: Cluster, playground: Playground, ada: Person, tmp_path: Path
) -> None:
    shown = await converse(on(painters, playground, tmp_path), ada)

    assert not any("start over" in text for text in shown)


@pytest.mark.cluster
async def test_a_worker_killed_in_the_middle_of_a_painting_is_hardly_noticed(
    painters: Cluster, playground: Playground, ada: Person, tmp_path: Path
) -> None:
    async def kill_the_painter() -> None:
        kill(await painters.busy_worker())

    shown = await converse(on(painters, playground, tmp_path), ada, at_work=kill_the_painter)

    assert any("I had to start over; nothing is lost." in text for text in shown)


async def test_a_killed_worker_is_told_of_and_another_one_brings_the_picture(
    playground: Playground, ada: Person, tmp_path: Path
) -> None:
    held = held_in(tmp_path)
    with cluster_of(tmp_path / "cluster", workers=2, environment=held) as cluster:
        async with running(on(cluster, playground, tmp_path), overrides=BRISK):
            await ask(ada)
            await ada.expect_text("Evaluation")
            kill(await cluster.busy_worker())
            await ada.expect_text("I had to start over; nothing is lost.")
            let_go(held)
            await ada.expect_result()


async def test_people_are_told_what_they_wait_for_and_all_goes_on_when_it_is_there(
    playground: Playground, chat: ChatClient, tmp_path: Path
) -> None:
    ada, ben, held = chat.person("Ada"), chat.person("Ben"), held_in(tmp_path)
    with cluster_of(tmp_path / "cluster", environment=held) as cluster:
        settings = on(cluster, playground, tmp_path)
        async with running(settings, overrides=BRISK):
            await ask(ada)
            await ada.expect_text("machines are getting ready")
            assert "has no workers" in await doctors_word(settings)
            for _ in range(2):
                cluster.start_worker()
            await ada.expect_text("Evaluation")
            assert re.search(r"has [12] worker", await doctors_word(settings))
            assert cluster.scheduler is not None

            kill(cluster.scheduler)

            await ada.expect_text("machines cannot be reached")
            await ask(ben)
            await ben.expect_text("machines cannot be reached")
            cluster.start_scheduler()
            await ada.expect_text("I had to start over")
            let_go(held)
            await ada.expect_result()
            await ben.expect_result()


def held_in(folder: Path) -> dict[str, str]:
    """For the workers: none goes on painting while there is this file."""
    (folder / "held").touch()
    return {"STUB_HELD": str(folder / "held")}


def let_go(held: dict[str, str]) -> None:
    Path(held["STUB_HELD"]).unlink()


async def doctors_word(settings: Settings) -> str:
    """What the doctor says of the cluster."""
    found = await findings(quick=True, settings=settings)
    return next(one.text for one in found if one.check == "cluster")


async def ask(person: Person) -> None:
    await person.send_photo(jpeg_bytes(photo(96, 72)))
    await person.expect_text("send the style picture")
    await person.send_photo(jpeg_bytes(painting(80, 80)))
    await person.press(await person.expect_text("Choose a quality"), "Quick")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "DASK_SCHEDULER"),
        ({"dask_scheduler": "tls://10.0.0.1:8786"}, "needs certificates"),
        ({"dask_scheduler": "tls://10.0.0.1:8786", "dask_tls_ca": "ca.pem"}, "DASK_TLS_KEY"),
        (
            {
                "dask_scheduler": "tls://10.0.0.1:8786",
                "dask_tls_ca": "/nowhere/ca.pem",
                "dask_tls_cert": "/nowhere/cert.pem",
                "dask_tls_key": "/nowhere/key.pem",
            },
            "/nowhere/ca.pem cannot be read",
        ),
        ({"dask_scheduler": "tcp://10.0.0.1:8786"}, "without TLS"),
    ],
)
def test_what_dask_lacks_is_told_before_the_bot_starts(
    settings: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        build_engine(Settings(_env_file=None, engine="dask", **settings))  # type: ignore[arg-type, call-arg]
