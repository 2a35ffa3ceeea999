"""Whether a view was made of the log that is at hand, by the last fact that it shows."""

from commands.events import Event, Recorded
from projections.feed import Feed, WrongLog
from readmodels.store import Checkpoint


def mark_of(fact: Recorded[Event]) -> str:
    """What no fact at this position of another log has, nor of an older copy that went on."""
    return f"{fact.command_id} {fact.stream} {fact.recorded_at.isoformat()}"


async def mark_in(feed: Feed, checkpoint: Checkpoint) -> str:
    """The mark of the fact at the view's position; empty at the beginning. Raises WrongLog."""
    if checkpoint.position == 0:
        return ""
    facts = await feed.read(checkpoint.position - 1, 1)
    if not facts:
        raise WrongLog.ends_early(checkpoint.view, await feed.head(), checkpoint.position)
    mark = mark_of(facts[0])
    if checkpoint.fact not in ("", mark):
        raise WrongLog.differs(checkpoint.view, checkpoint.position)
    return mark
