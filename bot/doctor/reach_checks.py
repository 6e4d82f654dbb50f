"""Checks of other programs: a server's files, a cluster's scheduler, the bot that runs here."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from bot.doctor.findings import Check, MendError, in_thread
from bot.settings import MEGABYTE, SettingsError
from core.engines.dask_connection import count_workers
from core.engines.dask_setup import DaskSetupError, Tls, check_address, configure
from core.jobs.data_folder import bot_runs_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings

_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104 - not listened at
"""Where to ask a bot that listens at these."""

RENEWAL: Final = 14
"""Days before its end when a certificate should be made anew."""


def reach_checks(settings: Settings) -> Iterator[Check]:
    """Checks of pictures from the server and, where the settings name one, of the cluster."""
    yield Check("files", in_thread(partial(_files, settings)))
    if settings.metrics_port:
        yield Check("monitoring", partial(_monitoring, settings))
    if settings.engine == "dask":
        yield Check("cluster", partial(_cluster, settings))
        if _tls(settings) is not None:
            yield Check("certificate", in_thread(partial(_certificate, settings)))


def _files(settings: Settings) -> str:
    try:
        limit = settings.max_picture_bytes
    except SettingsError as error:
        raise MendError(str(error)) from None
    folder = settings.telegram_files_mount or settings.telegram_files_dir
    if folder is None:
        return f"up to {limit // MEGABYTE} MB, from the server"
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise MendError(
            f"The Bot API server's files cannot be read at {folder}. Mount its folder and let the bot's user read it, "
            "or correct TELEGRAM_FILES_DIR and TELEGRAM_FILES_MOUNT."
        )
    return f"up to {limit // MEGABYTE} MB, from {folder}"


async def _monitoring(settings: Settings) -> str:
    """What the bot that runs here says of itself."""
    if not await asyncio.to_thread(bot_runs_in, settings.data_dir):
        return "no bot runs here that could be asked"
    host = settings.metrics_host
    address = f"http://{_LOOPBACK.get(host, host)}:{settings.metrics_port}/readyz"
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            reasons = (await client.get(address)).json()["reasons"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        raise MendError(
            f"The bot that runs here does not answer at {address}. Start it anew, so that it knows METRICS_PORT."
        ) from None
    if reasons:
        told = " ".join(f"{what}: {why}" for what, why in reasons.items())
        raise MendError(f"The bot that runs here takes no work. {told}")
    return f"{address} says that the bot takes work"


async def _cluster(settings: Settings) -> str:
    address = urlsplit(settings.dask_scheduler or "")
    try:
        host, port = address.hostname, address.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise MendError("DASK_SCHEDULER is no address. One looks like tls://10.0.0.1:8786.")
    try:
        tls = _context(settings) if address.scheme == "tls" else None
        _, writer = await asyncio.open_connection(host, port, ssl=tls)
    except ssl.SSLError as error:
        raise MendError(
            f"The certificates do not fit ({error.reason}). Make them anew, see the README."
        ) from None
    except OSError:
        raise MendError(
            f"No scheduler answers at {host}:{port}. Start it: python -m core cluster"
        ) from None
    writer.close()
    workers = await _workers(settings)
    if not workers:
        raise MendError(
            f"The scheduler at {host}:{port} has no workers. Start some: python -m core worker"
        )
    return f"the scheduler at {host}:{port} has {workers} worker{'s' if workers > 1 else ''}"


async def _workers(settings: Settings) -> int:
    try:
        check_address(str(settings.dask_scheduler), _tls(settings))
        configure()
        return await count_workers(str(settings.dask_scheduler), _tls(settings))
    except DaskSetupError as error:
        raise MendError(str(error)) from None
    except OSError as error:
        raise MendError(
            f"What answers at {settings.dask_scheduler} is no scheduler ({type(error).__name__})."
        ) from None


def _tls(settings: Settings) -> Tls | None:
    ca, cert, key = settings.dask_tls_ca, settings.dask_tls_cert, settings.dask_tls_key
    return Tls(ca, cert, key) if ca and cert and key else None


def _context(settings: Settings) -> ssl.SSLContext:
    tls = _tls(settings)
    if tls is None or not all(os.access(path, os.R_OK) for path in (tls.ca, tls.cert, tls.key)):
        raise MendError("DASK_TLS_CA, DASK_TLS_CERT and DASK_TLS_KEY must name readable files.")
    context = ssl.create_default_context(cafile=str(tls.ca))
    context.check_hostname = False  # as Dask does: the authority is the cluster's own
    context.load_cert_chain(str(tls.cert), str(tls.key))
    return context


def _certificate(settings: Settings) -> str:
    """How long this machine's certificate is valid: by a handshake with itself, which checks the authority as well."""
    mine = _context(settings)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(str(settings.dask_tls_cert), str(settings.dask_tls_key))
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = mine.wrap_bio(back, there)
    server = theirs.wrap_bio(there, back, server_side=True)
    try:
        for side in (client, server, client):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError as error:
        raise MendError(
            f"This machine's certificate cannot be used ({error.verify_message}). Make it anew, see the README."
        ) from None
    ends = ssl.cert_time_to_seconds(str((client.getpeercert() or {})["notAfter"]))
    days = int((ends - time.time()) / 86_400)
    if days < RENEWAL:
        raise MendError(
            f"This machine's certificate ends in {days} days. Make it anew, see the README; and look at the others'."
        )
    return f"this machine's is valid for {days} days"
