"""Where the command `diptych` begins."""

_INTERRUPTED = 130


def main() -> int:
    """Ctrl-C ends it quietly even while what the command needs is still being loaded."""
    try:
        from schema.cli import ending
        from schema.cli import main as cli

        exit_code = cli.main()
        ending.leave_threads(exit_code)
        return exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
