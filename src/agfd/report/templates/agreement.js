"use strict";
// How far reviewers agree with each other, and how often the machine is wrong where they looked: tables and bars of what
// `agfd.report.people` counts. Every share has its 95 % interval.
globalThis.agfd ??= {};
{
  const { el, plain, thousands } = agfd;
  const there = (value) => value !== null && value !== undefined;

  // 0.6 %, 12 %, 99.4 %: a decimal where a whole number would say too little.
  function percent(share) {
    const value = 100 * share;
    return share === 0 || share === 1 || (value >= 5 && value <= 95) ? value.toFixed(0) : value.toFixed(1);
  }
  const short = (value) => value.toFixed(2).replace("-", "−");

  // A bar from `least` to `most` with the interval as a band and the value as a line in it.
  function bar(value, low, high, least = 0, most = 1) {
    const place = (number) => `${(100 * (number - least)) / (most - least)}%`;
    const band = el("i");
    const line = el("b");
    band.style.left = place(low);
    band.style.right = `${100 - Number.parseFloat(place(high))}%`;
    line.style.left = place(value);
    const zero = least < 0 ? el("u") : null;
    if (zero) zero.style.left = place(0);
    return el("span", { class: "bar", "aria-hidden": "true" }, zero, band, line);
  }

  // A share of wrong ones as a cell: bar, number, interval, and of how many.
  function share(told) {
    if (!told.images) return el("td", { class: "soft" }, "none yet");
    const range = `${percent(told.low)}–${percent(told.high)} %`;
    return el(
      "td",
      {},
      bar(told.share, told.low, told.high),
      el("strong", {}, `${percent(told.share)} %`),
      el("span", { class: "soft" }, ` ${range}, ${thousands(told.wrong)} of ${thousands(told.images)}`),
    );
  }

  function kappa(told) {
    if (!there(told.kappa)) return el("td", { class: "soft" }, told.images ? "both always said the same one" : "none yet");
    const range = there(told.low) ? ` ${short(told.low)} to ${short(told.high)}` : "";
    const drawn = there(told.low) ? bar(told.kappa, told.low, told.high, -1, 1) : null;
    return el("td", {}, drawn, el("strong", {}, short(told.kappa)), el("span", { class: "soft" }, range));
  }

  const agree = (told) =>
    there(told.agree)
      ? el("td", {}, el("strong", {}, `${percent(told.agree)} %`), el("span", { class: "soft" }, ` of ${thousands(told.images)}`))
      : el("td", { class: "soft" }, "none yet");

  // `label`: what a screen reader calls the part that scrolls to the side.
  function table(label, heads, rows) {
    const head = el("tr", {}, heads.map((text) => el(text ? "th" : "td", { scope: text ? "col" : null }, text)));
    const lines = rows.map(([name, ...cells]) => el("tr", {}, el("th", { scope: "row" }, name), cells));
    const made = el("table", {}, el("thead", {}, head), el("tbody", {}, lines));
    return el("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": label }, made);
  }

  const cell = (text) => el("td", {}, text);

  const section = (title, words, ...content) => el("section", { class: "findings" }, el("h2", {}, title), el("p", { class: "soft" }, words), content);

  const people = (data) =>
    section(
      "Reviewers",
      "What each of them said, and how far the machine's verdicts are from theirs.",
      table(
        "Reviewers",
        ["", "images", "accepted", "rejected", "unsure", "rejected by the machine, accepted by them", "accepted by the machine, rejected by them"],
        data.reviewers.map((one) => [
          one.name, ...[one.images, one.accept, one.reject, one.unsure].map((count) => cell(thousands(count))),
          share(one.false_rejects), share(one.false_accepts),
        ]),
      ),
    );

  function pairs(data) {
    const words =
      "Of images that both accepted or rejected. Cohen's kappa: 1 is the same verdict on every image, 0 what chance alone would give.";
    const rows = data.pairs.flatMap((pair) => [
      [`${pair.a} and ${pair.b}`, cell("verdict"), agree(pair), kappa(pair)],
      ...pair.attributes.map((one) => [`${pair.a} and ${pair.b}`, cell(plain(one.attribute)), agree(one), kappa(one)]),
    ]);
    const alone = el("p", {}, "It takes two: another reviewer looks at the same images in the same order.");
    return section("Do reviewers agree?", words, rows.length ? table("Pairs", ["", "about", "the same", "kappa"], rows) : alone);
  }

  function verdicts({ verdicts: told }) {
    const heads = ["", "rejected, and good", "accepted, and bad"];
    const line = (name, one) => [name, share(one.false_rejects), share(one.false_accepts)];
    const rows = table("Verdicts by row", heads, told.rows.map((one) => line(one.row, one)));
    const reasons = told.reasons.map((one) => [plain(one.code), share(one)]);
    return section(
      "The machine's verdicts",
      "Against the majority of the reviewers: good images that it rejects, and bad ones that it accepts.",
      table("Verdicts", heads, [line("all images", told)]),
      el("details", {}, el("summary", {}, `By row (${told.rows.length})`), rows),
      reasons.length ? table("Verdicts by reason", ["rejected as", "and good"], reasons) : "",
    );
  }

  function attributes(data) {
    const rows = data.attributes.map((one) => [
      plain(one.attribute),
      share(one),
      cell(one.competent ? "yes" : "no"),
      el("td", { class: "words" }, one.worst.map(([said, word, number]) => `${plain(word)} for ${plain(said)} (${number})`).join(", ")),
    ]);
    if (!rows.length) return null;
    const heads = ["", "contradicts people", "used for verdicts", "measured, for what people see"];
    return section("The analyzers' errors", "Words that were measured, against what people say of the same attribute.", table("Attributes", heads, rows));
  }

  function numbers(data) {
    const range = (value, low, high) => cell(`${short(value)}${there(low) ? ` (${short(low)} to ${short(high)})` : ""}`);
    const rows = data.numbers.map((one) => [
      plain(one.attribute),
      cell(one.said === "named" ? "that a reviewer typed" : "that a reviewer accepted"),
      cell(thousands(one.images)),
      range(one.bias, one.bias_low, one.bias_high),
      range(one.error, one.error_low, one.error_high),
    ]);
    if (!rows.length) return null;
    return section("Measured numbers", "Measured minus said: the mean, and the mean of its size.", table("Numbers", ["", "against the one", "images", "mean", "mean size"], rows));
  }

  function labels(data) {
    const rows = data.labels.map((one) => [plain(one.attribute), cell(one.source), share(one)]);
    if (!rows.length) return null;
    return section("Labels", "Labels of accepted images that people call wrong, by how the machine knows them.", table("Labels", ["", "known as", "wrong"], rows));
  }

  // All of it, as an element.
  agfd.agreement = (data) => {
    const count = `${thousands(data.images)} images were looked at, ${thousands(data.decided)} of them are decided.`;
    const parts = [people, pairs, verdicts, attributes, numbers, labels].map((part) => part(data)).filter(Boolean);
    return el("div", {}, el("h2", { class: "title" }, "Agreement"), el("p", { class: "soft" }, count), data.images ? parts : null);
  };
}
