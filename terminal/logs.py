"""What the till tells support, on standard error: one JSON object a line. Never a local variable, so never a PIN."""

import logging
import os
import sys

import structlog

LEVEL_VARIABLE = "ORION_LOG"


def configure() -> None:
    """Called once, by the program's entry."""
    level = os.environ.get(LEVEL_VARIABLE, "WARNING").upper()
    logging.basicConfig(stream=sys.stderr, level=level)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,  # the traceback as text; the pretty one prints local variables
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level, logging.WARNING)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is then, not as it was at the start
    )
