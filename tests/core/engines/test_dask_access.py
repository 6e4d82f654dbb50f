"""Who gets in where others could run code: only who has a certificate, on every side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.engines.dask import DaskEngine
from core.engines.dask_setup import DaskSetupError
from core.engines.protocol import EngineUnreachableError
from tests.auxil.certificates import make_tls
from tests.auxil.cluster import TIMEOUTS, cluster_of, connected, sweep
from tests.auxil.painters import work
from tests.auxil.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    yield
    sweep()


async def test_only_who_has_a_certificate_of_the_authority_gets_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs = make_tls(tmp_path / "ours"), make_tls(tmp_path / "theirs")
    with cluster_of(tmp_path / "cluster", workers=1, tls=ours) as cluster:
        pages = (
            "/health",
            "/info/main/workers.html",
            "/json/counts.json",
            "/api/v1/retire_workers",
        )
        assert [(await cluster.page(page))[0] for page in pages] == [200, 404, 404, 404]

        stranger = DaskEngine(cluster.address, tls=theirs, timeouts=TIMEOUTS)
        await stranger.start()
        friend = await connected(cluster, workers=1, tls=ours)

        assert (await friend.submit(work()).result()).evaluations == 20
        assert stranger.slots == 0
        with pytest.raises(EngineUnreachableError):
            await stranger.submit(work()).result()
        assert "certificate" in caplog.text.lower()

        cluster.start_worker(tls=theirs)
        await until(lambda: "trying again: TLS certificate" in cluster.output)
        assert friend.slots == 1
        await friend.close()
        await stranger.close()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://10.1.2.3:8786", "without TLS"),
        ("tls://10.1.2.3:8786", "needs certificates"),
        ("10.1.2.3", "is not a scheduler's address"),
        ("tcp://127.0.0.1", "is not a scheduler's address"),
    ],
)
async def test_an_address_that_would_be_open_or_is_none_is_refused(address: str, says: str) -> None:
    with pytest.raises(DaskSetupError, match=says):
        DaskEngine(address)
