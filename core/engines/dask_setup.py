"""What bot, scheduler and workers agree upon before they talk: Dask's configuration, addresses, certificates."""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from distributed.security import Security

CONFIG: Final = Path(__file__).with_name("dask.yaml")
GPU: Final = "GPU"
"""The resource of which each worker has one and each job takes one. Dask only counts it: which GPU a worker really
uses is said by its CUDA_VISIBLE_DEVICES."""


class DaskSetupError(Exception):
    """Dask cannot be used as it is asked for; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Tls:
    """A party's certificates as PEM files.

    Attributes:
        ca: Of the authority that signed everybody's. Whoever has a certificate of it may run code on every machine,
            so it has to be the cluster's own.
        cert: This party's certificate.
        key: Its private key.
    """

    ca: Path
    cert: Path
    key: Path

    def security(self) -> Security:
        """For Dask, in any role.

        Raises:
            DaskSetupError: A file cannot be read.
        """
        from distributed.security import Security  # noqa: PLC0415 - an extra, loaded only where it is used

        for path in (self.ca, self.cert, self.key):
            try:
                path.open("rb").close()
            except OSError as error:
                raise DaskSetupError(f"{path} cannot be read: {error.strerror}.") from error
        return Security(
            tls_ca_file=str(self.ca),
            tls_client_cert=str(self.cert),
            tls_client_key=str(self.key),
            tls_scheduler_cert=str(self.cert),
            tls_scheduler_key=str(self.key),
            tls_worker_cert=str(self.cert),
            tls_worker_key=str(self.key),
            require_encryption=True,
        )


def configure() -> None:
    """Give Dask the project's configuration, below whatever the environment says.

    Raises:
        DaskSetupError: Dask is not installed.
    """
    try:
        import dask.config  # noqa: PLC0415 - an extra, loaded only where it is used
        import distributed  # noqa: F401, PLC0415
        import yaml  # noqa: PLC0415
    except ImportError as error:
        raise DaskSetupError("Dask is not installed: pip install 'atelier[dask]'.") from error
    ours = yaml.safe_load(CONFIG.read_text("utf-8"))
    for layer in (ours, dask.config.collect_env()):
        dask.config.update(dask.config.config, layer)
    # Its own handlers would bypass the log's format and whatever is kept out of the log.
    for name in ("distributed", "distributed.client", "distributed.gc"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # A lost connection is told once by whoever lost it, not with a traceback by each layer.
    for name in ("distributed.core", "distributed.comm", "distributed.batched"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("distributed").setLevel(logging.WARNING)


def check_address(address: str, tls: Tls | None) -> None:
    """See that what leaves this machine is encrypted and authenticated.

    Raises:
        DaskSetupError: It would not be, or this is no address.
    """
    parts = urlsplit(address)
    try:
        complete = parts.hostname and parts.port
    except ValueError:
        complete = None
    if parts.scheme not in {"tcp", "tls"} or not complete:
        raise DaskSetupError(
            f"{address} is not a scheduler's address. One looks like tls://10.0.0.1:8786."
        )
    if parts.scheme == "tls" and tls is None:
        raise DaskSetupError(
            f"{address} needs certificates: an authority's, one's own and its key."
        )
    if parts.scheme == "tcp" and not is_loopback(parts.hostname or ""):
        raise DaskSetupError(
            f"{address} is another machine without TLS: whoever reaches it could run code there and here. "
            "Use tls:// with certificates."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_options(tls: Tls | None) -> dict[str, Any]:
    """Keyword arguments of Dask's servers and clients."""
    return {} if tls is None else {"security": tls.security()}
