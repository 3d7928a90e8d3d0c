"""Analyzers: what can be measured in a picture. They measure and never decide.

One family per file: `faces` (how many, where), `mesh` (468 points, pose, eyes, mouth), `quality` (sharpness, light).
`basic` composes these three, so that a face that is found once serves all.
"""
