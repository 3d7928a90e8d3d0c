"""Two hundred power cuts: kill a build at random steps of the commit protocol and compare what it becomes.

    python scripts/kill_resume.py [--cuts 200] [--seed 0]

Prints one line for each cut that does not end like the build that was never interrupted, and a summary; exit code 1 if
there is any.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from agfd import testing  # noqa: E402  # after the path to the tests is known
from trees import tree  # noqa: E402

SCRIPT = ROOT / "tests" / "run" / "killing.py"
OPTIONS = {"generator_options": {"rates": "smiling:0.5"}}


def build(recipe: Path, folder: Path, step: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(recipe), str(folder), str(step), json.dumps(OPTIONS)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    different = 0
    with tempfile.TemporaryDirectory(prefix="agfd-cuts-") as temporary:
        recipe = Path(temporary) / "tiny.yaml"
        recipe.write_text(testing.TINY, encoding="utf-8")
        whole = build(recipe, Path(temporary) / "whole", -1)
        expected, steps = tree(Path(temporary) / "whole"), int(whole.stdout)
        for cut in range(options.cuts):
            folder = Path(temporary) / f"cut-{cut}"
            # Up to three cuts on the way: a build that goes on may be cut again.
            places = [rng.randrange(1, steps + 1) for _ in range(rng.randint(1, 3))]
            killed = [build(recipe, folder, place).returncode == -signal.SIGKILL for place in places]
            end = build(recipe, folder, -1)
            if end.returncode != 0 or tree(folder) != expected:
                different += 1
                print(f"cut at {places} of {steps} (killed: {killed}): exit {end.returncode}\n{end.stderr}")
    print(
        f"{options.cuts} builds cut at random steps of {steps}: {options.cuts - different} identical, {different} not"
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
