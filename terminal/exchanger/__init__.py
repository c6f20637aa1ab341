"""The exchanger: the process that exchanges for a till, beside the counter and not in its interpreter.

`running` is the counter's end of the pipes between the two, `reaching` the exchanger's, `words` what is said on them.
"""
