"""Hosts that are not there: a connection that answers what modules would, so that a run of a thousand hosts needs none.

What is measured with them is the controlling machine. The time that hosts and the network take is left out.
"""
