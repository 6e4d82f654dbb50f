"""Who is next: round robin over people, first come first served within one person's jobs."""

from __future__ import annotations

from collections import deque


class FairQueue:
    """Jobs that wait. People take turns; somebody new, or somebody back, goes behind all others.

    So whoever has ten jobs waiting delays another person's first by one of them, not by ten.
    """

    def __init__(self) -> None:
        self._turns: dict[int, deque[int]] = {}
        self._owners: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, job_id: int) -> bool:
        return job_id in self._owners

    def push(self, job_id: int, user_id: int, *, first: bool = False) -> None:
        """Add a job; ``first`` puts it and its person before all others, as it had its turn already."""
        turn = self._turns.setdefault(user_id, deque())
        if first:
            turn.appendleft(job_id)
            self._turns = {user_id: turn, **self._turns}
        else:
            turn.append(job_id)
        self._owners[job_id] = user_id

    def pop(self) -> tuple[int, int]:
        """Take the next (job id, user id) out.

        Raises:
            StopIteration: Nothing waits.
        """
        user_id = next(iter(self._turns))
        turn = self._turns.pop(user_id)
        job_id = turn.popleft()
        if turn:
            self._turns[user_id] = turn
        del self._owners[job_id]
        return job_id, user_id

    def remove(self, job_id: int) -> bool:
        """Take a job out of its place; False where it does not wait."""
        user_id = self._owners.pop(job_id, None)
        if user_id is None:
            return False
        turn = self._turns[user_id]
        turn.remove(job_id)
        if not turn:
            del self._turns[user_id]
        return True

    def of(self, user_id: int) -> tuple[int, ...]:
        """One person's waiting jobs, the next one first."""
        return tuple(self._turns.get(user_id, ()))

    def place(self, job_id: int) -> int | None:
        """Which place the job has, from 1; None where it does not wait."""
        owner = self._owners.get(job_id)
        if owner is None:
            return None
        rounds = self._turns[owner].index(job_id)
        place, before = 1 + rounds, True
        for user_id, turn in self._turns.items():
            if user_id == owner:
                before = False
            else:
                place += min(len(turn), rounds + before)
        return place

    def order(self) -> list[int]:
        """All waiting jobs in the order in which they will be taken if nothing changes."""
        order: list[int] = []
        turns = list(self._turns.values())
        level = 0
        while turns:
            order.extend(turn[level] for turn in turns)
            level += 1
            turns = [turn for turn in turns if len(turn) > level]
        return order
