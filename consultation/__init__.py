"""The consultation: what is recorded, how it is admitted, counted, certified, and served.

`core` is pure and knows no I/O; `service` stores and hands over; `web` speaks HTTP.
"""
