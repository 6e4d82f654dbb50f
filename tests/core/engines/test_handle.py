"""The loop's end of a work: the newest progress is read, and nothing of the unread ones is lost that matters later."""

from __future__ import annotations

from dataclasses import replace

from core.engines.handle import LiveHandle
from core.style.progress import Checkpoint
from tests.auxil.engines import a_progress


async def test_an_unread_preview_and_an_unread_checkpoint_go_on_with_the_newer_progress() -> None:
    handle, checkpoint = LiveHandle(lambda: None), Checkpoint(b"half painted", 3)
    handle.put(replace(a_progress(3), preview=b"seen by nobody", checkpoint=checkpoint))
    handle.put(a_progress(5))

    read = await anext(handle.progress())

    assert (5, b"seen by nobody", checkpoint) == (read.evaluation, read.preview, read.checkpoint)


async def test_what_an_earlier_attempt_left_is_not_taken_for_the_later_ones() -> None:
    handle = LiveHandle(lambda: None)
    handle.put(replace(a_progress(3), checkpoint=Checkpoint(b"half painted", 3)))
    handle.put(replace(a_progress(1), attempt=2))

    read = await anext(handle.progress())

    assert (read.evaluation, read.checkpoint) == (1, None)
