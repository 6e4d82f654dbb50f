"""``python -m bot`` (Telegram), ``python -m bot playground`` (a browser, no token), ``python -m bot run`` (whichever fits)."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from pydantic import SecretStr

from bot.settings import Settings, SettingsError, read_settings
from bot.telegram.redaction import configure_logging, proxy_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from bot.app import Atelier

log = logging.getLogger(__name__)

PLAYGROUND_PORT: Final = 8080


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot until it is told to stop.

    Returns:
        The exit code: 0 after an orderly stop, 1 where it cannot run as it is set up, or cannot go on, 70 where it lost
        its GPU and has to be started anew.
    """
    options = _parse(arguments)
    # PTB's times as timedelta, as its next major version will have them.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    if options.command == "doctor":
        return _doctor(options)
    try:
        settings = read_settings()
        configure_logging(
            settings.log_level,
            secrets=_secrets(settings),
            as_json=settings.log_format == "json",
        )
        if options.command in {"backup", "restore"}:
            _copy_database(settings, options)
        elif options.command == "playground" or (
            options.command == "run" and settings.bot_token is None
        ):
            asyncio.run(_playground(settings, options))
        else:
            asyncio.run(_telegram(settings))
    except SettingsError as error:
        print(f"atelier: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - the last place where the token can be kept out of a traceback
        return _report(error)
    return 0


def _secrets(settings: Settings) -> list[str]:
    """What no log line may contain; credentials for a proxy count although another one may be used."""
    proxies = [value for name, value in os.environ.items() if name.lower().endswith("_proxy")]
    if settings.proxy_url is not None:
        proxies.append(settings.proxy_url.get_secret_value())
    known = (settings.bot_token, settings.webhook_secret)
    return [*(one.get_secret_value() for one in known if one), *proxy_secrets(proxies)]


def _report(error: Exception) -> int:
    from core.engines.exit_code import EXIT_DEVICE_LOST  # noqa: PLC0415 - SettingsError must not wait for imports
    from core.engines.protocol import DeviceLostError  # noqa: PLC0415
    from core.jobs.job_errors import StoreError  # noqa: PLC0415

    if isinstance(error, DeviceLostError):
        return EXIT_DEVICE_LOST  # the log has the reason already
    if not isinstance(error, StoreError | OSError):
        # Through the log, which hides the token: an address in a traceback contains it.
        log.critical("The bot cannot go on.", exc_info=error)
        return 1
    print(f"atelier: {error}", file=sys.stderr)
    return 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        default="telegram",
        choices=("telegram", "playground", "run", "doctor", "backup", "restore"),
        help="telegram: the bot (default); playground: the bot in a browser; run: the bot if BOT_TOKEN is set, "
        "the playground otherwise; doctor: says what has to be mended before the bot works; backup: copies the "
        "database to FILE, also while the bot runs; restore: puts such a copy in its place",
    )
    parser.add_argument("file", nargs="?", type=Path, help="backup, restore: the copy")
    parser.add_argument("--overwrite", action="store_true", help="backup: replace FILE")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="where the playground listens (default: %(default)s); where others can reach it, it prints a pass phrase "
        "and asks for it",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=PLAYGROUND_PORT,
        help="the playground's port, 0 for any (default: %(default)s)",
    )
    parser.add_argument(
        "--memory",
        action="store_true",
        help="keep the playground's chats in memory only; without it they are in DATA_DIR/playground/chats.db",
    )
    parser.add_argument("--json", action="store_true", help="doctor: print JSON")
    parser.add_argument("--quick", action="store_true", help="doctor: leave out what loads torch")
    options = parser.parse_args(arguments)
    if (options.file is not None) != (options.command in {"backup", "restore"}):
        parser.error("backup and restore take a FILE, the other commands take none")
    return options


def _copy_database(settings: Settings, options: argparse.Namespace) -> None:
    from core.jobs.backup import back_up, restore  # noqa: PLC0415 - only these commands need it

    if options.command == "backup":
        print(f"Copied: {back_up(settings.data_dir, options.file, overwrite=options.overwrite)}.")
        return
    restored = restore(settings.data_dir, options.file)
    print(f"Restored: {restored}. The next start of the bot works with it.")
    if restored.aside is not None:
        print(
            f"The database that was there before is {restored.aside}; the bot deletes it after 7 days."
        )


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor.examination import findings  # noqa: PLC0415 - only this command needs it
    from bot.doctor.findings import as_json  # noqa: PLC0415

    found = asyncio.run(findings(quick=options.quick))
    print(as_json(found) if options.json else "\n".join(map(str, found)))
    return 0 if all(one.ok for one in found) else 1


async def _telegram(settings: Settings) -> None:
    from bot.app import running  # noqa: PLC0415 - a wrong setting is told before anything is loaded

    _ = settings.token
    await _until_told_to_stop(running(settings), settings.drain_seconds)


async def _playground(settings: Settings, options: argparse.Namespace) -> None:
    from bot.app import Overrides, running  # noqa: PLC0415
    from bot.playground.form_parts import MAX_UPLOAD  # noqa: PLC0415
    from bot.playground.pass_phrase import new_phrase  # noqa: PLC0415
    from bot.playground.server import Playground  # noqa: PLC0415
    from core.loopback import is_loopback  # noqa: PLC0415
    from core.pictures.decoder import Decoder  # noqa: PLC0415

    data_dir = settings.data_dir / "playground"
    phrase = None if is_loopback(options.host) else new_phrase()
    async with (
        Decoder(max_bytes=MAX_UPLOAD) as decoder,
        Playground(
            host=options.host,
            port=options.port,
            folder=None if options.memory else data_dir,
            # Larger than the numbers of all earlier starts, also if somebody deleted the chats and kept the bot's
            # database.
            numbers_from=round(time.time() * 1000),
            pass_phrase=phrase,
            open_picture=decoder.open if phrase else None,
        ) as playground,
    ):
        local = settings.model_copy(
            update={
                "bot_token": SecretStr(playground.token),
                "telegram_api_url": playground.api_url,
                "data_dir": data_dir,
                "webhook_url": None,
            }
        )
        playground.world.open_first_topic("Portraits")
        print(f"Atelier's playground: {playground.url}", flush=True)
        if phrase:
            print(f"Others can reach it, with this pass phrase: {phrase}", flush=True)
        bot = running(local, overrides=Overrides(pace=0.7, unlimited=True))
        await _until_told_to_stop(bot, settings.drain_seconds)


async def _until_told_to_stop(bot: AbstractAsyncContextManager[Atelier], drain: float) -> None:
    """Run the bot until SIGTERM or SIGINT, also while it is still starting; then it is gone within ``drain`` seconds."""
    told, ready = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    work = asyncio.create_task(_hold(bot, ready, told, drain))
    stop = asyncio.create_task(told.wait())
    await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not told.is_set():
        await work
        return
    log.info("Stopping.")
    _end_in_time(drain, code=0)
    if not ready.is_set():
        work.cancel()
    with suppress(asyncio.CancelledError):
        await work


def _end_in_time(seconds: float, *, code: int) -> None:
    """End the process after so many seconds, whatever still waits then; the next start recovers.

    A thread, since what waits longest is outside the event loop: the interpreter joins the threads that look up host
    names or decode pictures, and neither can be interrupted.
    """
    timer = threading.Timer(seconds, _end, (code,))
    timer.daemon = True
    timer.start()


def _end(code: int) -> None:
    log.warning("Stopping took too long; the next start recovers what is left.")
    os._exit(code)


async def _hold(
    bot: AbstractAsyncContextManager[Atelier],
    ready: asyncio.Event,
    told: asyncio.Event,
    drain: float,
) -> None:
    async with bot as atelier:
        ready.set()
        stop = asyncio.create_task(told.wait())
        needed = (atelier.receiving, atelier.painting)
        await asyncio.wait((stop, *needed), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if told.is_set():
            return
        if atelier.painting.done():
            _leave_without_device(atelier.painting.exception(), drain)
        for task in needed:
            if task.done():
                await task


def _leave_without_device(error: BaseException | None, drain: float) -> None:
    """Each further painting would fail in this process, so it ends in order, and in time."""
    from core.engines.exit_code import EXIT_DEVICE_LOST  # noqa: PLC0415 - with the rest of core

    log.critical("%s: ending, so that a supervisor starts it anew.", error)
    _end_in_time(drain, code=EXIT_DEVICE_LOST)


def run() -> NoReturn:
    """``main`` as a process of its own.

    It ends without the interpreter's own farewell: an engine's thread may be deep in native code, which aborts the
    process when the interpreter goes away under it, and a thread that looks up a host name would be waited for.
    """
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
