"""What every part that runs for long needs: a parent for its tasks, and few words for outages."""

from commands.supervision.heartbeat import Heartbeat
from commands.supervision.outage import Away, Outage
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
    "Supervisor",
    "TaskDied",
    "cancel_and_wait",
    "is_fault",
    "supervised_by",
]
