"""Faults by the thousand: a till's replica damaged at random, and its exchanger killed, stopped and damaged."""
