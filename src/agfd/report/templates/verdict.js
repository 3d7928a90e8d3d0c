"use strict";
// Verdicts in words: what the reviewer said, and what the machine had said before.
globalThis.agfd ??= {};
{
  const { plain } = agfd;
  const OPINIONS = {
    accept: { sign: "✓", word: "accepted" },
    reject: { sign: "✗", word: "rejected" },
    unsure: { sign: "?", word: "unsure" },
  };

  // "rejected, wrong eyewear: it is glasses"
  function spoken(press) {
    const parts = [OPINIONS[press.opinion].word];
    if (press.attribute) parts.push(`wrong ${plain(press.attribute)}`);
    else if (press.reason) parts.push(plain(press.reason));
    const what = parts.join(", ");
    return press.value === null || press.value === undefined ? what : `${what}: it is ${plain(press.value)}`;
  }

  // What the machine decided of the same image, and what it measured where the reviewer says that a label is wrong.
  function machine(press, detail) {
    if (detail.status !== "accepted" && detail.status !== "rejected") return "No machine looked at it.";
    const same = OPINIONS[press.opinion].word === detail.status ? " too" : "";
    const why = detail.reasons.map((reason) => reason.meaning || plain(reason.code)).join("; ");
    const decided = `The machine ${detail.status} it${same}${why ? `: ${why}` : ""}.`;
    const measured = detail.attributes.find((attribute) => attribute.name === press.attribute)?.measured;
    if (measured === null || measured === undefined) return decided;
    return `${decided} It measured ${plain(press.attribute)}: ${plain(measured)}.`;
  }

  agfd.verdict = { OPINIONS, machine, spoken };
}
