"""The turns of one conversation in the records: begun, claimed by one process, waiting, interrupted."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.claims import Claims
from assistant.envelope import plain_answer, plan_in
from assistant.plan import Plan
from assistant.records import Records
from assistant.records_rows import TurnRecord
from assistant.state import State

_INTERRUPTED = "Interrupted, attempts to finish it: "
_ATTEMPTS = 3

# How many turns back a follow-up may refer to.
_FOLLOWED = 10


class Ledger:
    """Knows which turns this process works on or waits to work on: pending in the records, but not interrupted."""

    def __init__(self, records: Records, claims: Claims, session: str) -> None:
        self._records = records
        self._claims = claims
        self._session = session
        self._active: set[int] = set()

    def begin(self, question: str) -> TurnRecord:
        """Record a question and claim its turn."""
        turn = self._records.turn(self._records.begin_turn(self._session, question))
        self.claim(turn.id)
        return turn

    def claim(self, turn_id: int) -> bool:
        """Take a turn to work on, unless this process or another one works on it."""
        if turn_id in self._active or not self._claims.take(turn_id):
            return False
        self._active.add(turn_id)
        return True

    def release(self, turn_id: int) -> None:
        """Let go of a turn; one that is not held is no error."""
        if turn_id in self._active:
            self._active.discard(turn_id)
            self._claims.release(turn_id)

    def waiting(self) -> TurnRecord | None:
        """The turn that waits for a confirmation, if there is one."""
        for turn in self._records.latest_turns(self._session, 1):
            if turn.state == "awaiting" and turn.id not in self._active:
                return turn
        return None

    def previous(self) -> State:
        """The plan and question of the last turn that had one, for follow-ups; none where that is long ago."""
        for turn in self._records.latest_turns(self._session, _FOLLOWED):
            if turn.state == "answered" and turn.answer is not None and turn.answer.plan:
                return {"previous": plan_in(turn.answer), "previous_question": turn.question}
        return {"previous": None, "previous_question": None}

    def interrupted(self) -> Iterator[tuple[TurnRecord, bool]]:
        """The turns that a crash interrupted, claimed one by one, and whether to try again.

        A turn that was interrupted again and again is given up, its failure recorded: it may be what brings the process down.
        """
        for pending in self._records.pending_turns(self._session):
            if not self.claim(pending.id):
                continue
            # As it is now that nobody else can change it.
            turn = self._records.turn(pending.id)
            if turn.state != "pending":
                self.release(turn.id)
                continue
            attempts = int((turn.error or "").removeprefix(_INTERRUPTED) or 0)
            again = attempts < _ATTEMPTS
            if again:
                self._records.finish_turn(turn.id, f"{_INTERRUPTED}{attempts + 1}", "pending")
            else:
                text = f"This question was interrupted {attempts + 1} times, so I left it. Ask again, perhaps for less at once."
                self._records.finish_turn(turn.id, plain_answer(self._session, text), "failed")
            yield turn, again


def replied_anew(turn: TurnRecord, reply: str, previous: State) -> State:
    """The state that a reply leads to where the checkpoint of the question is lost."""
    assert turn.answer is not None and turn.answer.confirmation is not None
    if reply == "no":
        return State(question=turn.question, plan=Plan(ask="All right, I left it."))
    if turn.question and turn.answer.confirmation.action.startswith("read:"):
        return State(question=turn.question, **previous)
    plan = plan_in(turn.answer).model_copy(update={"origin": "command"})
    return State(question=turn.question, plan=plan, approved=True, **previous)
