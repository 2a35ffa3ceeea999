"""A view's failure, as a command tells of it."""


class ViewFailed(Exception):
    """What a rule or the log said, in its own words: those who raise it know the projections."""
