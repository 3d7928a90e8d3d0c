"""How `agfd analyze` scales with processes: the same folder with one worker and with several, interleaved.

    python benchmarks/folder.py PHOTOS --workers 2 --repeats 3 --out folder.json

Claim: two workers look at 1.8 times as many images a second as one, start of the processes left out. Also
checked: the tables are equal. On a machine that does other work the figure says nothing; the load is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

import agfd
from agfd.api import FileSeen, SurveyEvent


def rate(folder: Path, workers: int, analyzers: str) -> tuple[float, object]:
    """Files a second between the first answer and the last, and the table."""
    seen: list[float] = []

    def hear(event: SurveyEvent) -> None:
        if isinstance(event, FileSeen):
            seen.append(time.perf_counter())

    table = agfd.analyze_folder(folder, workers=workers, analyzers=analyzers, on_event=hear)
    return (len(seen) - 1) / (seen[-1] - seen[0]), table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--analyzers", default="")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rates: dict[int, list[float]] = {1: [], options.workers: []}
    tables = []
    for _ in range(options.repeats):
        for workers, found in rates.items():
            one, table = rate(options.folder, workers, options.analyzers)
            found.append(one)
            tables.append(table)
    single, many = (statistics.median(found) for found in rates.values())
    result = {
        "files": len(tables[0]),
        "files_per_second": {str(workers): [round(one, 2) for one in found] for workers, found in rates.items()},
        "ratio": round(many / single, 2),
        "equal_tables": all(table.equals(tables[0]) for table in tables),
        "load": os.getloadavg(),
    }
    text = json.dumps(result, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    sys.exit(not result["equal_tables"])


if __name__ == "__main__":
    main()
