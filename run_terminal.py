"""The frozen till's entry, for build.spec; an installation has the command `orion-terminal` instead."""

from ui.cli import main

if __name__ == "__main__":
    main()
