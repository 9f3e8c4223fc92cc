"""How customers use the bank.

k-means on the cells of the churn cube, the number of clusters, and their names. It may import
common, intake and statistics.
"""
