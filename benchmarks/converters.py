"""Do converted networks give the numbers of TensorFlow.js? The packages' own JavaScript, on node, beside onnxruntime.

    npm pack @vladmandic/face-api@1.7.15 && tar xzf vladmandic-face-api-*.tgz -C NETWORKS/faceapi
    npm pack @vladmandic/human@3.3.6 && tar xzf vladmandic-human-*.tgz -C NETWORKS/human
    AGFD_NETWORKS=NETWORKS python benchmarks/converters.py

Claim: on pictures of chance no number differs by more than 1e-3. The pictures are smooth, as photos are.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import networks
import numpy as np

from agfd import models
from agfd.analyze import faceres, portrait
from agfd.analyze.sessions import onnx_session

PICTURES = 4
CLAIM = 1e-3
# What each of our files is called there, which of its inputs the pictures are, and which outputs count.
NETWORKS = {
    portrait.AGE_SEX: ("pixels", portrait.SIDE, ["age", "sex"]),
    portrait.EXPRESSION: ("pixels", portrait.SIDE, ["expression"]),
    faceres.WEIGHTS: ("input_1", faceres.SIDE, ["global_pooling/Mean", "gender_pred/Sigmoid", "age_pred/Softmax"]),
}
SCRIPT = r"""
const fs = require('fs');
const {library, faceapi: folder, faceres, work, count} = JSON.parse(process.argv[2]);
// The bundle for browsers, since the one for node wants another package.
globalThis.window = globalThis;
globalThis.document = {createElement: () => ({getContext: () => null})};
for (const name of ['HTMLImageElement', 'HTMLCanvasElement', 'HTMLVideoElement', 'ImageData',
    'CanvasRenderingContext2D', 'Image']) globalThis[name] = class {};
const cut = b => b.buffer.slice(b.byteOffset, b.byteOffset + b.length);
const bytes = file => cut(fs.readFileSync(file));
const json = file => JSON.parse(fs.readFileSync(file));
const dump = (name, t) => fs.writeFileSync(work + '/' + name.replace('/', '_'), Buffer.from(t.dataSync().buffer));
import(library).then(async api => {
  const tf = api.tf;
  await tf.setBackend('cpu');
  await tf.ready();
  console.log('TensorFlow.js ' + tf.version_core);
  const pictures = side => tf.tensor4d(new Float32Array(bytes(work + '/' + side)), [count, side, side, 3]);
  for (const [net, name] of [[api.nets.ageGenderNet, 'age_gender_model'],
      [api.nets.faceExpressionNet, 'face_expression_model']]) {
    const list = json(folder + '/' + name + '-weights_manifest.json')[0];
    await net.loadFromWeightMap(tf.io.decodeWeights(bytes(folder + '/' + list.paths[0]), list.weights));
    const out = net.forwardInput(new api.NetInput(tf.unstack(pictures(112)), false));
    if (out.age) { dump('age', out.age); dump('sex', out.gender); } else dump('expression', out);
  }
  const model = json(faceres + '/faceres.json');
  const graph = await tf.loadGraphModel({load: async () => ({modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest[0].weights, weightData: bytes(faceres + '/faceres.bin'),
    signature: model.signature, format: model.format})});
  const names = ['global_pooling/Mean', 'gender_pred/Sigmoid', 'age_pred/Softmax'];
  graph.execute(pictures(224), names).forEach((t, i) => dump(names[i], t));
});
"""


def main() -> int:
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shown = {side: smooth(rng, side) for side in (portrait.SIDE, faceres.SIDE)}
        for side, pictures in shown.items():
            (work / str(side)).write_bytes(pictures.tobytes())
        run_node(work)
        worst = 0.0
        for name, (given, side, outputs) in NETWORKS.items():
            ours = onnx_session(models.path(name)).run(outputs, {given: shown[side]})
            for output, mine in zip(outputs, ours, strict=True):
                theirs = np.fromfile(work / output.replace("/", "_"), np.float32).reshape(mine.shape)
                off = float(np.abs(mine - theirs).max())
                worst = max(worst, off)
                print(f"{name:18}{output:22}{off:10.2g} of {float(np.abs(theirs).max()):.3g}")
    print(f"claim: at most {CLAIM:g}: {'kept' if worst <= CLAIM else 'missed'}")
    return int(worst > CLAIM)


def smooth(rng: np.random.Generator, side: int) -> np.ndarray:
    """Pictures of 8 x 8 colours of chance that run into each other, (n, side, side, 3), 0 to 255."""
    at = np.linspace(0, 6.999, side)
    low, part = at.astype(int), (at % 1).astype(np.float32)
    colours = rng.uniform(0, 255, (PICTURES, 8, 8, 3)).astype(np.float32)
    rows = colours[:, low] * (1 - part)[:, None, None] + colours[:, low + 1] * part[:, None, None]
    return np.asarray(rows[:, :, low] * (1 - part)[:, None] + rows[:, :, low + 1] * part[:, None], np.float32)


def run_node(work: Path) -> None:
    """Leaves a file of float32 for each output in the folder `work`."""
    given = {
        "library": str(networks.weights("face-api.esm.js")),
        "faceapi": str(networks.weights("age_gender_model.bin").parent),
        "faceres": str(networks.weights("faceres.bin").parent),
        "work": str(work),
        "count": PICTURES,
    }
    script = work / "run.cjs"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(["node", str(script), json.dumps(given)], capture_output=True, text=True, check=False)
    print(done.stdout.strip())
    if done.returncode != 0:
        sys.exit(f"node ended with {done.returncode}: {done.stderr[-300:]}")


if __name__ == "__main__":
    sys.exit(main())
