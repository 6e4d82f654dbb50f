"""What the bot, the scheduler and the workers share: Dask's configuration, addresses and certificates."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from core.loopback import is_loopback

if TYPE_CHECKING:
    from distributed.security import Security

CONFIG: Final = Path(__file__).with_name("dask.yaml")
GPU: Final = "GPU"
"""The Dask resource of which each worker has one and each work takes one. Dask only counts it; a worker's
CUDA_VISIBLE_DEVICES says which GPU it uses."""


class DaskSetupError(Exception):
    """Dask cannot be used as requested; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Tls:
    """One machine's certificates as PEM files.

    Attributes:
        ca: The certificate of the authority that signed all machines' certificates. Everybody with a certificate from
            it can run code on every machine, so the authority must be the cluster's own.
        cert: This machine's certificate.
        key: This machine's private key.
    """

    ca: Path
    cert: Path
    key: Path

    def security(self) -> Security:
        """Dask's security object for a client, a scheduler or a worker.

        Raises:
            DaskSetupError: A file cannot be read.
        """
        from distributed.security import Security  # noqa: PLC0415 - an extra

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
    """Configure Dask with ``dask.yaml``; environment variables win over the file.

    Raises:
        DaskSetupError: Dask is not installed.
    """
    try:
        import dask.config  # noqa: PLC0415 - an extra
        import distributed  # noqa: F401, PLC0415
        import yaml  # noqa: PLC0415
    except ImportError as error:
        raise DaskSetupError("Dask is not installed: pip install 'atelier[dask]'.") from error
    ours = yaml.safe_load(CONFIG.read_text("utf-8"))
    for layer in (ours, dask.config.collect_env()):
        dask.config.update(dask.config.config, layer)
    # Dask's own handlers would bypass the log's format and its redaction of secrets.
    for name in ("distributed", "distributed.client", "distributed.gc"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # The owner of a connection logs its loss once; each layer of Dask would log a traceback.
    for name in ("distributed.core", "distributed.comm", "distributed.batched"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("distributed").setLevel(logging.WARNING)


def check_address(address: str, tls: Tls | None) -> None:
    """Check that all traffic to other machines would be encrypted and authenticated.

    Raises:
        DaskSetupError: It would not be, or the address is malformed.
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


def tls_options(tls: Tls | None) -> dict[str, Any]:
    """Keyword arguments for Dask's servers and clients."""
    return {} if tls is None else {"security": tls.security()}
