"""Signals that end a process do it as Ctrl-C does, so that nothing is left behind."""

import signal

# Those that have come, by number.
come: list[int] = []


def listen() -> None:
    """Answer the signals by which systems and people end a process."""

    def end(number: int, frame: object) -> None:
        come.append(number)
        raise KeyboardInterrupt

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        # Windows has no SIGHUP, and nohup ignores it.
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
