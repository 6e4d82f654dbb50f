"""The port that monitoring asks: ``/metrics``, ``/healthz`` and ``/readyz``."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.metrics.instruments import LogCounter
from bot.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from prometheus_client import Histogram

    from bot.metrics.monitor import Monitor

log = logging.getLogger(__name__)

LAG_INTERVAL: Final = 1.0
"""Seconds between two looks how late the event loop is."""


@asynccontextmanager
async def monitored(monitor: Monitor, host: str, port: int | None) -> AsyncIterator[None]:
    """Let monitoring ask, and measure what nobody else does; nothing of it without a port.

    Args:
        monitor: Has the answers.
        host: The address to listen at.
        port: The port, 0 for any.

    Raises:
        SettingsError: The port cannot be had.
    """
    if port is None:
        yield
        return
    runner = web.AppRunner(_application(monitor), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    lines = LogCounter(monitor.instruments)
    lag = asyncio.create_task(_measure_lag(monitor.instruments.loop_lag))
    try:
        await _listen(runner, host, port)
        shown = f"[{host}]" if ":" in host else host
        monitor.address = f"http://{shown}:{runner.addresses[0][1]}"
        log.info("Monitoring may ask %s.", monitor.address)
        logging.getLogger().addHandler(lines)
        yield
    finally:
        logging.getLogger().removeHandler(lines)
        lag.cancel()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SettingsError(
            f"METRICS_PORT {port} at {host} cannot be had ({error.strerror or error}). "
            "Choose another one, or leave it empty."
        ) from None


def _application(monitor: Monitor) -> web.Application:
    async def metrics(_: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=await monitor.metrics(), headers=headers)

    async def health(_: web.Request) -> web.Response:
        # An event loop that is stuck answers nobody.
        return web.json_response({"alive": True})

    async def readiness(_: web.Request) -> web.Response:
        reasons = await monitor.reasons()
        status = 503 if reasons else 200
        return web.json_response({"ready": not reasons, "reasons": reasons}, status=status)

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/healthz", health)
    application.router.add_get("/readyz", readiness)
    return application


async def _measure_lag(histogram: Histogram) -> None:
    now = asyncio.get_running_loop().time
    while True:
        due = now() + LAG_INTERVAL
        await asyncio.sleep(LAG_INTERVAL)
        histogram.observe(max(0.0, now() - due))
