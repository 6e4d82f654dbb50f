"""A damaged database: the admins are told, and everybody whose jobs were lost with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app import running
from core.jobs.models import Person as Someone
from core.jobs.store import Store
from tests.auxil.files import damage
from tests.auxil.sessions import a_job, ready
from tests.bot.conftest import BRISK, engine_of

if TYPE_CHECKING:
    from bot.settings import Settings
    from tests.auxil.chat import ChatClient
    from tests.auxil.painters import HeldPainter
    from tests.auxil.person import Person


async def test_admins_and_people_with_jobs_are_told_and_nobody_else(
    settings: Settings, painter: HeldPainter, chat: ChatClient, ada: Person
) -> None:
    ben, mei = chat.person("Ben"), chat.person("Mei")
    path = settings.data_dir / "atelier.db"
    async with await Store.open(path) as store:
        await a_job(store, Someone(ada.chat_id, ada.user_id))
        await ready(store, Someone(mei.chat_id, mei.user_id), content=b"x" * 400_000)
    damage(path, slice(60 * 4096, 80 * 4096))  # In the large picture, behind the tables.

    run_by_ben = settings.model_copy(update={"admins": frozenset({ben.user_id})})
    async with running(run_by_ben, engine=engine_of(painter), overrides=BRISK):
        await ben.expect_text("My database was damaged", "atelier.db.damaged-")
        await ada.expect_text("your painting is lost")
        await ada.send_text("/status")
        await ada.expect_text("send the photo you want repainted")
    assert mei.said == []
