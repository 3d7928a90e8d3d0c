"""The same eyes on any folder of images: a table with a row for every file, and what it says of the folder.

Nothing is generated and nothing is judged against a wish; the folder is only read. No names stand here: a worker
process imports `looking` and must not load what only the table needs.
"""
