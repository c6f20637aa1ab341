"""python -m terminal.exchanger: exchanges for the till that its first line names."""

from terminal.exchanger.bootstrap import main

if __name__ == "__main__":
    main()
