"""First mappings of tables that nobody here has seen.

The table as the build reads it, what each column holds, which says who left, which identifies a
customer, which give the outcome away, and what the rest are; written as a mapping with reasons.
"""
