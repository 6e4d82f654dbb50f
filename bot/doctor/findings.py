"""What a check finds, and how checks run: independent of each other, each with a time limit."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

SECONDS: Final = 15.0
"""How long one check may take."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        check: What was looked at.
        ok: Whether nothing has to be mended there.
        text: What was found, or what to do.
    """

    check: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{self.check:<12}{'ok' if self.ok else 'mend'}: {self.text}"


class MendError(Exception):
    """Something has to be mended; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check with its name; ``look`` returns what is right, or raises a MendError."""

    name: str
    look: Callable[[], Awaitable[str]]
    seconds: float = SECONDS

    async def finding(self) -> Finding:
        """Look, for as long as the check may take; whatever goes wrong is a finding as well."""
        try:
            return Finding(
                self.name, ok=True, text=await asyncio.wait_for(self.look(), self.seconds)
            )
        except MendError as error:
            return Finding(self.name, ok=False, text=str(error))
        except TimeoutError:
            text = f"This check did not end within {self.seconds:g} s. Try again when the machine is less busy."
        except Exception as error:  # noqa: BLE001 - one check must not stop the others; its text may hold a secret
            text = f"This check failed with {type(error).__name__}. Please report it."
        return Finding(self.name, ok=False, text=text)


def in_thread(work: Callable[[], str]) -> Callable[[], Awaitable[str]]:
    """A check that blocks, in a thread of its own: one that hangs keeps nobody from ending."""

    async def look() -> str:
        loop = asyncio.get_running_loop()
        result: asyncio.Future[str] = loop.create_future()

        def settle(value: str | Exception) -> None:
            if result.done():
                return
            if isinstance(value, Exception):
                result.set_exception(value)
            else:
                result.set_result(value)

        def run() -> None:
            value: str | Exception
            try:
                value = work()
            except Exception as error:  # noqa: BLE001 - it goes on in the check
                value = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, value)

        threading.Thread(target=run, daemon=True).start()
        return await result

    return look


async def examine(checks: Iterable[Check]) -> list[Finding]:
    """Run checks side by side; the findings keep the checks' order."""
    return list(await asyncio.gather(*(check.finding() for check in checks)))


def as_json(findings: Sequence[Finding]) -> str:
    """The same for scripts."""
    return json.dumps([asdict(one) for one in findings], indent=2, ensure_ascii=False)
