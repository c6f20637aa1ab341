"""The server's log: one JSON object a line on standard error. Never a local variable: one of them may be a secret."""

import sys

import structlog


def configure() -> None:
    """For whoever builds the app: what is not configured prints local variables with every traceback."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,  # plain: the coloured one prints local variables
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is then, not as it was at the start
    )
