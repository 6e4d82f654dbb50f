"""Files that a Bot API server with ``--local`` hands over as paths on its disk."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.pictures.picture_errors import FileTooLargeError

if TYPE_CHECKING:
    from bot.settings import Settings


class ServerFileError(Exception):
    """A file of the server's cannot be read; the text is for the operator."""


class ServerDisk:
    """The server's folder, as far as the bot reads it.

    Args:
        settings: Which folder it is, and where it is mounted here.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.telegram_files_dir
        self._mount = settings.telegram_files_mount or settings.telegram_files_dir

    @property
    def is_used(self) -> bool:
        """Whether there is such a server."""
        return self._folder is not None

    def read(self, path: str, limit: int) -> bytes:
        """Read a file, in the calling thread.

        Args:
            path: The absolute path that the server gives.
            limit: How many bytes are taken.

        Raises:
            ServerFileError: The path leads out of the server's folder, also by a symbolic link, or cannot be read.
            FileTooLargeError: The file has more bytes.
        """
        if self._folder is None or self._mount is None:
            raise ServerFileError(
                "The Bot API server runs with --local and names files on its own disk: set TELEGRAM_FILES_DIR."
            )
        try:
            inside = PurePosixPath(path).relative_to(self._folder)
            root = self._mount.resolve(strict=True)
            file = (root / inside).resolve(strict=True)
            if file.is_relative_to(root) and file.is_file():
                return _read(file, limit)
        except ValueError:
            pass  # Somewhere else on its disk.
        except OSError as error:
            raise ServerFileError(
                f"The Bot API server's file {path} cannot be read at {self._mount} ({error.strerror}). "
                "TELEGRAM_FILES_MOUNT says where its folder is on this machine; the bot's user must be able to read it."
            ) from error
        raise ServerFileError(
            f"The Bot API server names {path}, which is no file in TELEGRAM_FILES_DIR ({self._folder})."
        )


def _read(file: Path, limit: int) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(limit + 1)
    if len(data) > limit:
        raise FileTooLargeError(size=file.stat().st_size, limit=limit)
    return data
