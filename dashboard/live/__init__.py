"""Live pages: one request per tab and poll, answered with what changed since the tab's last answer.

A page follows *parts* (the map, the table, the queue ...). A `Feed` draws the document of a part; a `Channel`
keeps the last few versions of one document and the differences between them, for all tabs that show it.
"""
