"""Checks of what the bot needs from other programs' disks and machines: a server's files, a cluster's scheduler."""

from __future__ import annotations

import asyncio
import os
import ssl
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.doctor.findings import Check, MendError, in_thread
from bot.settings import MEGABYTE, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings


def reach_checks(settings: Settings) -> Iterator[Check]:
    """Checks of pictures from the server and, where the settings name one, of the cluster."""
    yield Check("files", in_thread(partial(_files, settings)))
    if settings.engine == "dask":
        yield Check("cluster", partial(_cluster, settings))


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
    return f"the scheduler at {host}:{port} answers"


def _context(settings: Settings) -> ssl.SSLContext:
    names = (settings.dask_tls_ca, settings.dask_tls_cert, settings.dask_tls_key)
    if not all(path and os.access(path, os.R_OK) for path in names):
        raise MendError("DASK_TLS_CA, DASK_TLS_CERT and DASK_TLS_KEY must name readable files.")
    context = ssl.create_default_context(cafile=str(settings.dask_tls_ca))
    context.check_hostname = False  # as Dask does: the authority is the cluster's own
    context.load_cert_chain(str(settings.dask_tls_cert), str(settings.dask_tls_key))
    return context
