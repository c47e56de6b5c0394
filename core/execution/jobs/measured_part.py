"""Which instances of a split a run measures on: all, a sample, or a saved group of those."""

from __future__ import annotations

from typing import Any

from core.data.dataset import Dataset
from core.data.subset import part, picked
from core.domain.data.instance_group import InstanceGroup
from core.domain.ids import InstanceGroupId
from core.errors import UnusableInput
from core.execution.base import RunContext


def measured_part(run_context: RunContext, split: str) -> tuple[Dataset, dict[str, Any]]:
    """Return the instances that the run asks for, and what its environment notes of the choice.

    Raises:
        UnusableInput: the group was deleted, or is of another state of the data.
    """
    whole = run_context.data(split)
    asked = int(run_context.run.payload.get("instances", len(whole)))
    sample = part(whole, asked)
    noted: dict[str, Any] = {} if sample is whole else {"instances_asked": asked}
    if "group_id" not in run_context.run.payload:
        return sample, noted
    group = _group(run_context)
    if group.fingerprint != sample.fingerprint():
        raise UnusableInput(
            f"The group {group.name} was saved of another state of the data.",
            "Evaluate the models again, save the group anew, then queue this again.",
        )
    return picked(sample, group.positions), {**noted, "group": group.mark}


def _group(run_context: RunContext) -> InstanceGroup:
    payload = run_context.run.payload
    with run_context.app.unit_of_work() as uow:
        group = uow.instance_groups.get(InstanceGroupId(int(payload["group_id"])))
    if group is None or group.mark != payload["group"]:  # a database may give the id of a deleted one again
        raise UnusableInput(f"The group {payload['group']} was deleted.", "Save it again, or use another.")
    return group
