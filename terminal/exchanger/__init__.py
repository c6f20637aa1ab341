"""The exchange with the server, in a process of its own beside the counter.

`process` is the counter's end of the pipes between the two, `remote_counter` the exchanger's, `messages` the protocol.
"""
