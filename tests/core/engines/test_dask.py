"""The engine of Dask workers: the contract, on a scheduler and two workers in processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.auxil.cluster import Cluster, cluster_of, connected
from tests.core.engines.contract import EngineContract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from core.engines.dask import DaskEngine


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster_of(tmp_path_factory.mktemp("cluster"), workers=2) as cluster:
        yield cluster


class TestDaskEngine(EngineContract):
    @pytest.fixture
    async def engine(self, cluster: Cluster) -> AsyncIterator[DaskEngine]:
        engine = await connected(cluster, workers=2)
        yield engine
        await engine.close()
