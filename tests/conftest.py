"""What every test run starts from: Qt without a display, and how long random histories are searched."""

import os

from hypothesis import settings

os.environ["ORION_LANGUAGE"] = "en"  # sentences are compared in English, whatever this machine speaks
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # a test run must not need, nor cover, anybody's screen

settings.register_profile("default", print_blob=True, deadline=None)  # a busy machine is no bug
settings.register_profile("long", print_blob=True, max_examples=10_000, deadline=None)
settings.load_profile("default")
