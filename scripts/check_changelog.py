"""Is the changelog in order? Every section of it is a known one and every line of it says something."""

from __future__ import annotations

import re
import sys
from pathlib import Path

SECTIONS = {"Added", "Changed", "Fixed", "Removed", "Security"}


def problems(text: str) -> list[str]:
    """What is wrong with the text of a changelog."""
    found = []
    lines = text.splitlines()
    if not lines or lines[0] != "# Changelog":
        found.append("line 1: must be '# Changelog'")
    if "## Unreleased" not in lines:
        found.append("there is no '## Unreleased'")
    for number, line in enumerate(lines[1:], start=2):
        if line.startswith("### ") and line[4:] not in SECTIONS:
            found.append(f"line {number}: the sections are {', '.join(sorted(SECTIONS))}")
        elif line.startswith("## ") and not re.fullmatch(r"## (Unreleased|\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2})", line):
            found.append(f"line {number}: a release is '## 1.2.3 - 2026-11-22'")
        elif line.startswith("- ") and not line.rstrip().endswith((".", "`")) and not lines[number : number + 1]:
            found.append(f"line {number}: ends without a full stop")
    return found


if __name__ == "__main__":
    wrong = problems((Path(__file__).parent.parent / "CHANGELOG.md").read_text(encoding="utf-8"))
    print("\n".join(wrong) or "changelog: in order")
    sys.exit(bool(wrong))
