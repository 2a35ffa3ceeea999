"""The edge: the API, HTTP, the settings and the command line, and where all parts are joined."""

__version__ = "0.1.0"
