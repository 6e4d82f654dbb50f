"""Which engine the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.settings import SettingsError
from core.engines.local import LocalEngine

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.engines.protocol import Engine


def build_engine(settings: Settings) -> Engine:
    """The engine that the settings describe, not started.

    Raises:
        SettingsError: Dask is not installed, or its settings are incomplete.
    """
    if settings.engine == "dask":
        return _dask_engine(settings)
    return LocalEngine(
        weights=settings.vgg19_weights,
        device=settings.device,
        workers=settings.workers,
        cache_dir=settings.data_dir,
    )


def _dask_engine(settings: Settings) -> Engine:
    from core.engines.dask import DaskEngine  # noqa: PLC0415 - for those who asked for it
    from core.engines.dask_setup import DaskSetupError, Tls  # noqa: PLC0415

    ca, cert, key = settings.dask_tls_ca, settings.dask_tls_cert, settings.dask_tls_key
    if settings.dask_scheduler is None:
        raise SettingsError("ENGINE=dask needs DASK_SCHEDULER, such as tls://10.0.0.1:8786.")
    if any((ca, cert, key)) and not all((ca, cert, key)):
        raise SettingsError("TLS needs all of DASK_TLS_CA, DASK_TLS_CERT and DASK_TLS_KEY.")
    tls = Tls(ca, cert, key) if ca and cert and key else None
    try:
        return DaskEngine(settings.dask_scheduler, tls=tls, ahead=settings.dask_ahead)
    except DaskSetupError as error:
        raise SettingsError(str(error)) from error
