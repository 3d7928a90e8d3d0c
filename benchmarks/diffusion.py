"""What the diffusers generator makes in a second, against a plain loop over diffusers' own pipeline.

    python benchmarks/diffusion.py [--only small,full] [--device auto] [--dtype auto] [--steps 2] [--batches 1,4]
        [--compile auto] [--threads 0] [--repeats 5] [--out diffusion.json]

small: the model of agfd.testing (0.33 million parameters) at 64 px, 20 steps, one prompt after the other as most
scripts do it, `for ...: pipe(prompt, negative_prompt)`, against our generator with the batch that its trial finds. Here
the overhead shows. Limit: 3 times as many images a second.
full: Stable Diffusion 1.5 in its true size (860 + 123 + 84 million parameters) with random weights at 512 px, few
steps, with the same batch on both sides. Limit: 0.97 of the plain pipeline's images a second.

Both sides have the same sampler, precision and prompts and decode to uint8; their runs take turns, and the ratio is
that of the medians. Peak memory is that of the process (RSS), on a GPU that of the allocator; each side runs in a
process of its own for it. The same script runs on a GPU, where larger batches pay.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agfd.records import Request

PROMPT = "photo of a woman, smiling, high quality"
NEGATIVE = "blurry, ugly, text"
SAMPLER = "DPM++ 2M Karras"
CFG = 7.0
GB = 1e9


def requests(number: int, size: int, steps: int) -> list[Request]:
    """Texts that fit into one chunk, for more the plain pipeline cannot read."""
    from agfd.planning import Table
    from agfd.recipe import load
    from agfd.records import Settings

    table = Table(load("agfd-20k"))
    settings = Settings(size, size, SAMPLER, steps, CFG)
    plain = [table.request("age.young", "female", slot) for slot in range(number)]
    return [replace(one, prompt=PROMPT, negative_prompt=NEGATIVE, settings=settings) for one in plain]


def save_full(folder: Path) -> None:
    """Stable Diffusion 1.5 by the configuration that agfd ships, weights random, in float16 on disk."""
    import diffusers
    import torch
    import transformers

    from agfd.generate.diffusers import families
    from agfd.testing import pipelines

    configs = families.SD15.folder
    assert configs is not None
    torch.set_default_dtype(torch.bfloat16)
    try:
        unet = diffusers.UNet2DConditionModel.from_config(diffusers.UNet2DConditionModel.load_config(configs / "unet"))
        vae = diffusers.AutoencoderKL.from_config(diffusers.AutoencoderKL.load_config(configs / "vae"))
        text = transformers.CLIPTextModel(transformers.CLIPTextConfig.from_pretrained(configs / "text_encoder"))
    finally:
        torch.set_default_dtype(torch.float32)
    scheduler = diffusers.PNDMScheduler.from_config(diffusers.PNDMScheduler.load_config(configs / "scheduler"))
    diffusers.StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        # The words of the small one are the first thousand of this text model's.
        tokenizer=pipelines.tokenizer(),
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)


class Plain:
    """`StableDiffusionPipeline` as its documentation has it, with the scheduler that A1111's sampler is."""

    def __init__(self, folder: Path, options: dict[str, str]) -> None:
        import diffusers

        from agfd.generate.diffusers import hardware

        where = hardware.device(options["device"])
        dtype = hardware.precision(options["dtype"], where)
        pipe = diffusers.StableDiffusionPipeline.from_pretrained(folder, torch_dtype=dtype, safety_checker=None)
        kind = diffusers.DPMSolverMultistepScheduler
        pipe.scheduler = kind.from_config(pipe.scheduler.config, use_karras_sigmas=True)
        pipe.set_progress_bar_config(disable=True)
        self.pipe = pipe.to(where)
        if where == "cpu":
            hardware.use_threads(int(options["threads"]) or hardware.cores())

    def make(self, asked: Sequence[Request], batch: int) -> None:
        """The images as arrays of uint8."""
        import torch

        for start in range(0, len(asked), batch):
            part = asked[start : start + batch]
            self.pipe(
                [one.prompt for one in part],
                negative_prompt=[one.negative_prompt for one in part],
                width=part[0].settings.width,
                height=part[0].settings.height,
                num_inference_steps=part[0].settings.steps,
                guidance_scale=CFG,
                generator=[torch.Generator("cpu").manual_seed(one.scene) for one in part],
            )


class Ours:
    """The generator, as the loop uses it."""

    def __init__(self, folder: Path, options: dict[str, str]) -> None:
        from agfd.generate.diffusers import make

        self.generator: Any = make(model=str(folder), **options)
        self.generator.setup()

    def make(self, asked: Sequence[Request], batch: int) -> None:
        self.generator.batch = batch
        for outcome in self.generator.generate(asked):
            assert outcome.value is not None, outcome.failure


SIDES: dict[str, type[Plain] | type[Ours]] = {"plain": Plain, "ours": Ours}


def seconds(make: Callable[[], None]) -> tuple[float, float]:
    """By the clock, and of all cores together, which says more where other programs run."""
    started, worked = time.perf_counter(), time.process_time()
    make()
    return time.perf_counter() - started, time.process_time() - worked


def peak() -> int:
    """The most bytes that this process held so far."""
    import resource

    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_reserved()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve(side: str, folder: Path, options: dict[str, str]) -> None:
    """A side in its own process: a line asks for (number, size, steps, batch), the answer is two seconds and bytes."""
    made = SIDES[side](folder, options)
    print("ready", flush=True)
    for line in sys.stdin:
        number, size, steps, batch = json.loads(line)
        asked = requests(number, size, steps)
        taken = seconds(lambda asked=asked, batch=batch: made.make(asked, batch))
        print(json.dumps([*taken, peak()]), flush=True)


class Side:
    """The driver's end of `serve`."""

    def __init__(self, side: str, folder: Path, options: dict[str, str]) -> None:
        command = [sys.executable, __file__, "--serve", side, str(folder), json.dumps(options)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process ended; run it alone to see why"
        return line

    def make(self, *asked: int) -> tuple[float, float, int]:
        """Seconds, those of all cores, and the most bytes so far, for (number, size, steps, batch)."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        taken, worked, most = json.loads(self._answer())
        return taken, worked, most

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compared(sides: dict[str, Side], asked: dict[str, tuple[int, ...]], repeats: int) -> dict[str, Any]:
    """Turns of both sides; images a second by the medians, and their ratio."""
    runs: dict[str, list[float]] = {name: [] for name in sides}
    cores: dict[str, list[float]] = {name: [] for name in sides}
    memory = dict.fromkeys(sides, 0)
    for turn in range(repeats + 1):
        for name, side in sides.items():
            taken, busy, memory[name] = side.make(*asked[name])
            # The first turn pays for buffers, compilation and caches.
            if turn:
                runs[name].append(taken / asked[name][0])
                cores[name].append(busy / asked[name][0])
    medians = {name: statistics.median(values) for name, values in runs.items()}
    worked = {name: statistics.median(values) for name, values in cores.items()}
    return {
        "ratio": medians["plain"] / medians["ours"],
        "ratio_of_core_seconds": worked["plain"] / worked["ours"],
        "seconds_per_image": medians,
        "core_seconds_per_image": worked,
        "runs": runs,
        "peak_gb": {name: round(value / GB, 2) for name, value in memory.items()},
    }


def small(folder: Path, options: argparse.Namespace, shared: dict[str, str]) -> dict[str, Any]:
    """The overhead: one by one against the batch of the trial."""
    from agfd.generate.diffusers import make
    from agfd.testing import pipelines

    saved = pipelines.save(folder / "small")
    sizes = {"width": "64", "height": "64"}
    trial: Any = make(model=str(saved), **shared, **sizes)
    batch = trial.largest_batch()
    trial.teardown()
    sides = {name: Side(name, saved, shared) for name in SIDES}
    result = compared(sides, {"plain": (8, 64, 20, 1), "ours": (max(8, batch), 64, 20, batch)}, options.repeats)
    for side in sides.values():
        side.close()
    print(f"small: {result['ratio']:.2f} times the plain loop (limit 3), our batch {batch}, {result}", flush=True)
    return {**result, "batch": batch, "limit": 3}


def full(folder: Path, options: argparse.Namespace, shared: dict[str, str]) -> dict[str, Any]:
    """The true size, the same batch on both sides."""
    saved = folder / "full"
    save_full(saved)
    result: dict[str, Any] = {}
    for batch in options.batches:
        # New processes, so that the peak is that of this batch.
        sides = {name: Side(name, saved, shared) for name in SIDES}
        asked = (batch, 512, options.steps, batch)
        found = compared(sides, dict.fromkeys(SIDES, asked), options.repeats)
        for side in sides.values():
            side.close()
        print(f"full, batch {batch}: {found['ratio']:.3f} of the plain pipeline (limit 0.97), {found}", flush=True)
        result[f"batch {batch}"] = {**found, "limit": 0.97}
    return result


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        side, folder, options = sys.argv[2:]
        serve(side, Path(folder), json.loads(options))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="small,full")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--compile", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--batches", type=lambda text: [int(part) for part in text.split(",")], default=[1, 4])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    shared = {
        "device": options.device,
        "dtype": options.dtype,
        "threads": str(options.threads),
        "compile": options.compile,
    }
    import torch

    from agfd.generate.diffusers import hardware

    where = hardware.device(options.device)
    result: dict[str, Any] = {
        "device": torch.cuda.get_device_name(where) if where.startswith("cuda") else where,
        "dtype": str(hardware.precision(options.dtype, where)),
        "cores": os.cpu_count(),
        "threads": options.threads or hardware.cores(),
        "torch": torch.__version__,
    }
    with tempfile.TemporaryDirectory(prefix="agfd-bench-") as temporary:
        for name in options.only.split(","):
            part = {"small": small, "full": full}[name]
            result[name] = part(Path(temporary), options, shared)
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
