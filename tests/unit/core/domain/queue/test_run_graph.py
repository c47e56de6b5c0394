"""Whatever happens in whatever order: no move is illegal, no run is stuck, none starts too early."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.domain.ids import RunId
from core.domain.queue.run import ACTIVE, UNSUCCESSFUL, RunStatus, require_move
from core.domain.queue.run_graph import RunGraph, ready_after, retried, skipped_after

RUNS = st.data()


class RunsInAnyOrder(RuleBasedStateMachine):
    """A queue in memory that moves only as the graph decides."""

    status: dict[RunId, RunStatus]
    needs: dict[RunId, frozenset[RunId]]

    @initialize(choices=st.lists(st.sets(st.integers(0, 11), max_size=2), min_size=2, max_size=12))
    def build(self, choices: list[set[int]]) -> None:
        self.needs = {
            RunId(index): frozenset(RunId(needed) for needed in chosen if needed < index)
            for index, chosen in enumerate(choices)
        }
        self.status = {
            run: RunStatus.WAITING if needs else RunStatus.QUEUED for run, needs in self.needs.items()
        }

    def graph(self) -> RunGraph:
        return RunGraph(dict(self.status), self.needs)

    def move(self, run_id: RunId, status: RunStatus) -> None:
        require_move(run_id, self.status[run_id], status)
        self.status[run_id] = status

    def pick(self, data: st.DataObject, *statuses: RunStatus) -> RunId | None:
        chosen = [run for run, status in self.status.items() if status in statuses]
        return data.draw(st.sampled_from(chosen)) if chosen else None

    @rule(data=RUNS)
    def claim(self, data: st.DataObject) -> None:
        if (run := self.pick(data, RunStatus.QUEUED)) is not None:
            self.move(run, RunStatus.RUNNING)

    @rule(data=RUNS)
    def succeed(self, data: st.DataObject) -> None:
        if (run := self.pick(data, RunStatus.RUNNING)) is not None:
            self.move(run, RunStatus.SUCCEEDED)
            for ready in ready_after(self.graph(), run):
                self.move(ready, RunStatus.QUEUED)

    @rule(data=RUNS, how=st.sampled_from([RunStatus.FAILED, RunStatus.LOST, RunStatus.CANCELLED]))
    def end_badly(self, data: st.DataObject, how: RunStatus) -> None:
        if (run := self.pick(data, RunStatus.RUNNING)) is not None:
            self.move(run, how)
            self.skip([run])

    @rule(data=RUNS)
    def cancel_some(self, data: st.DataObject) -> None:
        idle = [run for run, status in self.status.items() if status in ACTIVE - {RunStatus.RUNNING}]
        chosen = data.draw(st.lists(st.sampled_from(idle), unique=True)) if idle else []
        below = skipped_after(self.graph(), chosen)
        for run in chosen:
            self.move(run, RunStatus.CANCELLED)
        for run in below:
            self.move(run, RunStatus.SKIPPED)

    @rule(data=RUNS)
    def retry(self, data: st.DataObject) -> None:
        if (run := self.pick(data, *UNSUCCESSFUL)) is not None:
            for back, status in retried(self.graph(), [run]).items():
                self.move(back, status)
            assert self.status[run] in ACTIVE

    def skip(self, ended: list[RunId]) -> None:
        for run in skipped_after(self.graph(), ended):
            self.move(run, RunStatus.SKIPPED)

    @invariant()
    def queued_and_running_runs_have_what_they_need(self) -> None:
        for run, status in self.status.items():
            if status in {RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.SUCCEEDED}:
                assert self.graph().satisfied(run)

    @invariant()
    def waiting_runs_wait_for_something_that_can_still_come(self) -> None:
        for run, status in self.status.items():
            if status is RunStatus.WAITING:
                needed = {self.status[other] for other in self.needs[run]}
                assert not needed & UNSUCCESSFUL
                assert needed & ACTIVE

    @invariant()
    def skipped_runs_have_a_reason(self) -> None:
        for run, status in self.status.items():
            if status is RunStatus.SKIPPED:
                assert {self.status[other] for other in self.needs[run]} & UNSUCCESSFUL


RunsInAnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestRunsInAnyOrder = RunsInAnyOrder.TestCase
