class MongodError(Exception):
    """The embedded MongoDB server cannot be run: one sentence with what to install, set or read."""
