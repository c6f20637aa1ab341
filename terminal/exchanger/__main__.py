"""python -m terminal.exchanger: runs the exchanger for the till named in its first input line."""

from terminal.exchanger.bootstrap import main

if __name__ == "__main__":
    main()
