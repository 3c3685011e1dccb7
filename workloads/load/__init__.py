"""Locust users over the HTTP service, as citizens and officers; `workloads/locustfile.py` is the entry.

What is here beside the users needs no Locust: the raw observations (`observed`), the schedules, checking in
process what the service hands out, and laying down what there is to load (`python -m workloads.load`).
"""
