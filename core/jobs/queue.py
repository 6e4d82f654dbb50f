"""Which job is next: round robin over users, first come first served within one user's jobs."""

from __future__ import annotations

from collections import deque


class FairQueue:
    """The jobs that wait. Users take turns; a user who is new, or who had a turn, goes behind all others.

    So a user with ten waiting jobs delays another user's first job by one of them, not by ten.
    """

    def __init__(self) -> None:
        self._turns: dict[int, deque[int]] = {}
        self._owners: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, job_id: int) -> bool:
        return job_id in self._owners

    def push(self, job_id: int, user_id: int, *, first: bool = False) -> None:
        """Add a job; ``first`` puts it and its user before all others, since it had its turn already."""
        turn = self._turns.setdefault(user_id, deque())
        if first:
            turn.appendleft(job_id)
            self._turns = {user_id: turn, **self._turns}
        else:
            turn.append(job_id)
        self._owners[job_id] = user_id

    def pop(self) -> int:
        """Take the next job out; its id.

        Raises:
            StopIteration: Nothing waits.
        """
        job_id = next(iter(self._turns.values()))[0]
        self.take(job_id)
        return job_id

    def take(self, job_id: int) -> None:
        """Take out a job that starts beside the next one; nobody else's job starts later for that.

        It was its user's turn if it was the next one of theirs. A later one is an addition, and their turn stays.
        """
        user_id = self._owners.pop(job_id)
        turn = self._turns[user_id]
        if turn[0] != job_id:
            turn.remove(job_id)
            return
        del self._turns[user_id]
        turn.popleft()
        if turn:
            self._turns[user_id] = turn

    def remove(self, job_id: int) -> bool:
        """Remove a job; False if it does not wait."""
        user_id = self._owners.pop(job_id, None)
        if user_id is None:
            return False
        turn = self._turns[user_id]
        turn.remove(job_id)
        if not turn:
            del self._turns[user_id]
        return True

    def of(self, user_id: int) -> tuple[int, ...]:
        """One user's waiting jobs, the next one first."""
        return tuple(self._turns.get(user_id, ()))

    def place(self, job_id: int) -> int | None:
        """The job's place, from 1; None if it does not wait."""
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

    def next_place(self, user_id: int) -> tuple[int, list[int]]:
        """The place that another job of a user would have, from 1, and the jobs that wait, in order."""
        mine = -1  # No job has this number.
        self.push(mine, user_id)
        order = self.order()
        self.remove(mine)
        place = order.index(mine)
        return place + 1, order[:place] + order[place + 1 :]

    def order(self) -> list[int]:
        """All waiting jobs in the order in which they will start if nothing changes."""
        order: list[int] = []
        turns = list(self._turns.values())
        level = 0
        while turns:
            order.extend(turn[level] for turn in turns)
            level += 1
            turns = [turn for turn in turns if len(turn) > level]
        return order
