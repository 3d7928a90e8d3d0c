"""Analyzers: what can be measured in a picture. They measure and never decide.

One family per file: `faces` (how many, where), `mesh` (468 points, pose, mouth), `eyes` (lids, gaze),
`quality` (sharpness, light). `basic` composes these, so that a face that is found once serves all.
"""
