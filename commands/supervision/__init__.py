"""What every part that runs for long needs: a parent for its tasks, few words for outages, and a
pace that leaves others their turn."""

from commands.supervision.heartbeat import Heartbeat
from commands.supervision.outage import Away, Outage
from commands.supervision.pace import Pace
from commands.supervision.supervisor import (
    Supervisor,
    TaskDied,
    cancel_and_wait,
    is_fault,
    supervised_by,
)

__all__ = [
    "Away",
    "Heartbeat",
    "Outage",
    "Pace",
    "Supervisor",
    "TaskDied",
    "cancel_and_wait",
    "is_fault",
    "supervised_by",
]
