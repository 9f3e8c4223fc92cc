"""The main job: from the source to the published file.

A plan that has refused what must be refused, then load, dbt, publish; the same with Spark; and the
processes in which Python's steps work meanwhile. It may import every room but cli.
"""
