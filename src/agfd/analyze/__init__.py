"""Analyzers: what can be measured in a picture. They measure and never decide.

One family per file: `faces` (how many, where), `mesh` (468 points, pose, mouth), `eyes` (lids, gaze),
`quality` (sharpness, light). `view` is what analyzers share: a picture's faces and mesh are found once for all of them.
`nsfw` and `hashes` look at the picture as a whole.
"""
