"""Which way of turning a prompt into vectors is AUTOMATIC1111's: agfd's, compel's, or that of a pipeline of diffusers?

    python benchmarks/prompts.py --out prompts.json        # with `pip install compel` also compel

Random weights of CLIP-L's true size and the small vocabulary of the tests. The reference is the documented procedure
written out with loops in double precision (tests/plainly.py). Printed: the largest difference of an entry, beside the
spread of all entries, and how long eight texts take alone and together. compel has a syntax of its own, so each prompt
is translated to it. The community pipeline `lpw_stable_diffusion` is no package: its steps are done here again.
Claim: agfd stays under 1e-5.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline

from agfd.generate.diffusers.conditioning import conditioner_of

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import clips
import plainly

LIMIT = 1e-5
LONG = "{}, text, close up, cropped, out of frame, worst quality, low quality, jpeg artifacts, ugly"
CASES = {
    "no weights": ("a photo, a red cat", "a photo, a red cat"),
    "empty": ("", ""),
    "up": ("a photo, a (red cat:1.4)", "a photo, a (red cat)1.4"),
    "down": ("a photo, a [red cat]", "a photo, a (red cat)0.909090909"),
    "two chunks": ("red cat, to photo, " * 20, "red cat, to photo, " * 20),
    "two chunks, weights": (LONG.format("(cgi, 3d, anime:1.4)"), LONG.format("(cgi, 3d, anime)1.4")),
    "BREAK": ("a cat BREAK a dog", '("a cat", "a dog").and()'),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="the figures as JSON")
    args = parser.parse_args()
    torch.set_num_threads(1)
    pipeline = StableDiffusionPipeline(
        tokenizer=clips.tokenizer(),
        text_encoder=clips.text_model(width=768, layers=12, intermediate_size=3072, num_attention_heads=12),
        **dict.fromkeys(["vae", "unet", "scheduler", "safety_checker", "feature_extractor"]),
        requires_safety_checker=False,
    )
    rows = {name: compared(pipeline, *texts) for name, texts in CASES.items()}
    for name, row in rows.items():
        print(f"{name:20}", *(f"{who} {value}" for who, value in row.items()), sep="  ")
    seconds = timed(pipeline)
    print(f"eight texts: {seconds['alone']:.2f} s alone, {seconds['together']:.2f} s together")
    if args.out:
        args.out.write_text(json.dumps({"differences": rows, "seconds": seconds}, indent=1))
    return int(any(not isinstance(row["agfd"], float) or row["agfd"] > LIMIT for row in rows.values()))


@torch.no_grad()
def compared(pipeline: Any, text: str, translated: str) -> dict[str, float | str]:
    """The largest differences from the reference, or what is wrong with the shape."""
    reference = plainly.embedding(text, pipeline.tokenizer, pipeline.text_encoder, layer=1, last_norm=True)
    conditioner = conditioner_of(pipeline, "sd-1.5")
    found = {"agfd": conditioner.embed(text, conditioner.chunks(text)).vectors, "lpw": lpw(pipeline, text)}
    try:
        from compel import Compel
    except ImportError:
        pass
    else:
        peer = Compel(pipeline.tokenizer, pipeline.text_encoder, truncate_long_prompts=False)
        found["compel"] = peer(translated)[0]
    row: dict[str, float | str] = {"spread": round(reference.std().item(), 3)}
    for who, vectors in found.items():
        if vectors.shape == reference.shape:
            row[who] = float(f"{(vectors.double() - reference).abs().max().item():.2g}")
        else:
            row[who] = f"{len(vectors)} vectors for {len(reference)}"
    return row


def lpw(pipeline: Any, text: str, most: int = 3) -> torch.Tensor:
    """No BREAK, a cut every 75 tokens, one mean over all chunks, at most three of them."""
    tokenizer, state = pipeline.tokenizer, pipeline.text_encoder.state_dict()
    pairs: list[tuple[int, float]] = []
    for piece, weight in plainly.attention(text):
        ids = tokenizer(piece, add_special_tokens=False)["input_ids"]
        pairs += [(token, abs(weight) if piece == "BREAK" else weight) for token in ids]
    prefix = "text_model." if "text_model.final_layer_norm.bias" in state else ""
    hidden, weights = [], []
    for start in range(0, max(1, min(len(pairs), 75 * most)), 75):
        page = pairs[start : start + 75]
        ids = [tokenizer.bos_token_id, *(token for token, _ in page)]
        ids += [tokenizer.eos_token_id] * (77 - len(ids))
        last = plainly.text_model(state, pipeline.text_encoder.config, ids)[-1]
        hidden.append(plainly.norm(state, f"{prefix}final_layer_norm", last))
        weights += [1.0, *(weight for _, weight in page), *[1.0] * (76 - len(page))]
    vectors = torch.cat(hidden)
    emphasized = vectors * torch.tensor(weights, dtype=torch.float64)[:, None]
    return emphasized * (vectors.mean() / emphasized.mean())


@torch.no_grad()
def timed(pipeline: Any, rounds: int = 5) -> dict[str, float]:
    """Medians of seconds for eight texts of one chunk, in forwards of their own and in one; both in turn."""
    ids = torch.tensor([plainly.chunks(f"a red cat, {number} to", pipeline.tokenizer)[0][0] for number in range(8)])
    model = pipeline.text_encoder
    model(input_ids=ids)
    taken: dict[str, list[float]] = {"alone": [], "together": []}
    for _ in range(rounds):
        for name, parts in (("alone", ids.split(1)), ("together", (ids,))):
            start = time.perf_counter()
            for part in parts:
                model(input_ids=part)
            taken[name].append(time.perf_counter() - start)
    return {name: sorted(seconds)[rounds // 2] for name, seconds in taken.items()}


if __name__ == "__main__":
    sys.exit(main())
