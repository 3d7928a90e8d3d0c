"""The same request gives the same bytes in other processes, orders and batches, whatever Python's hash seed.

`benchmarks/determinism.py` does the same with hundreds of scene loads: the tracer's own optimiser, for one, would
reorder lights in one load of fifteen only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

LOOKS = (
    {"hair_style": "long", "light": "studio"},
    {"hair_style": "bald", "light": "strong sun", "scene": "outdoor"},
    {"hair_style": "short", "light": "night", "expression": "yell"},
)
LOADS = 3

CODE = """
import sys, json
sys.path[:0] = {path!r}
import sitters as t
r = t.small(); r.setup()
asked = [t.request(**look) for look in {looks!r}] * {loads}
if {backwards}:
    asked.reverse()
    outcomes = list(r.generate(asked))
else:
    outcomes = [next(iter(r.generate([one]))) for one in asked]
hashes = [t.digest(outcome.value) for outcome in outcomes]
print(json.dumps(hashes[::-1] if {backwards} else hashes))
"""


def test_same_bytes_whatever_process_order_batch_and_hash_seed() -> None:
    answers = []
    for backwards in (False, True):
        path = [str(Path(__file__).parent), *sys.path]
        code = CODE.format(path=path, looks=LOOKS, loads=LOADS, backwards=backwards)
        environment = os.environ | {"PYTHONHASHSEED": str(17 + 3000 * backwards)}
        out = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
        answers.append(json.loads(out.stdout))
    first, second = answers
    assert first == second
    assert first == first[: len(LOOKS)] * LOADS
    assert len(set(first)) == len(LOOKS)
