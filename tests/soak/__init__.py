"""The whole bot under load and under faults, over real HTTP: ``make soak``, and its short forms in the suite.

The bot runs in a process of its own, with a stub painter where the painting does not matter, and tells how it is
every quarter of a second. The playground runs in the process that measures, and its people are part of it: what
they cost is not the bot's.
"""
