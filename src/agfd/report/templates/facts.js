// Everything known of one image as elements; the review page shows the same.
"use strict";
globalThis.agfd ??= {};
{
  const { el } = agfd;

  // What the reader unfolded of one image is unfolded for the next one too. `body` is made when it is first seen.
  const unfolded = new Set();
  function fold(name, summary, body) {
    const box = el("details", { class: "fold", "data-fold": name }, el("summary", {}, summary));
    const fill = () => {
      if (box.open && box.childElementCount === 1) box.append(body());
    };
    box.open = unfolded.has(name);
    fill();
    box.addEventListener("toggle", () => {
      if (box.open) unfolded.add(name);
      else unfolded.delete(name);
      fill();
    });
    return box;
  }

  const section = (title, ...children) => el("section", { class: "facts-part" }, el("h3", {}, title), ...children);

  const number = (value) => {
    if (!Number.isFinite(value)) return String(value);
    if (Number.isInteger(value)) return String(value);
    return Math.abs(value) >= 100 ? value.toFixed(1) : Number(value.toPrecision(3)).toString();
  };
  agfd.word = (value) => (value === null || value === undefined ? "" : typeof value === "number" ? number(value) : agfd.plain(value));

  // What an image counts as in an attribute: the true value, else the measured one where it was confirmed, else the asked
  // one; null where nothing is known.
  agfd.labelOf = (detail, name) => {
    const one = detail.attributes.find((each) => each.name === name);
    return one ? (one.true ?? (one.source === "measured" ? one.measured : null) ?? one.asked ?? null) : null;
  };

  // "Rejected as blurred: Glasses, female, East Asian, 34 years": what was asked and what became of it.
  agfd.altText = (detail) => {
    const years = agfd.labelOf(detail, "age");
    const asked = [detail.feature, detail.sex, agfd.plain(detail.race)];
    if (years !== null) asked.push(`${agfd.word(years)} years`);
    return `${agfd.verdictText(detail.status, detail.reasons.map((one) => one.code))}: ${asked.join(", ")}`;
  };
  agfd.verdictText = (status, codes) => {
    const word = status[0].toUpperCase() + status.slice(1);
    return codes.length ? `${word} as ${codes.map(agfd.plain).join(", ")}` : word;
  };

  function verdict(detail) {
    const reasons = detail.reasons.map(({ code, meaning }) =>
      el("li", {}, el("code", {}, code), meaning ? ` ${meaning}` : ""),
    );
    // Null where a reviewer is not to know yet what the machine said.
    const overruled = (detail.overruled ?? []).map((one) => one.code);
    const review = detail.review.map(agfd.plain).join(", ");
    return el(
      "section",
      { class: `verdict ${detail.status}` },
      el("p", {}, el("strong", { class: "badge" }, detail.status)),
      reasons.length ? el("ul", {}, reasons) : null,
      overruled.length ? el("p", {}, `People accepted it against the machine: ${overruled.join(", ")}.`) : null,
      detail.error ? el("p", { class: "error" }, detail.error) : null,
      review ? el("p", {}, `Analyzers disagree on ${review}: the label stays asked until somebody looks.`) : null,
    );
  }

  const same = (one, other) => (typeof one === "number" || typeof other === "number" ? Number(one) === Number(other) : one === other);
  const there = (value) => value !== null && value !== undefined;

  // Where a measured or true value is not what it should be. A number is measured with an error, and how large a one
  // matters is the recipe's to say: its distance is shown and left to the reader.
  function differs({ asked, measured, true: known }) {
    const against = known ?? asked;
    const words = typeof measured === "string" && there(against) && !same(measured, against);
    return { true: there(asked) && there(known) && !same(asked, known), measured: words };
  }

  function distance({ asked, measured, true: known }) {
    const against = known ?? asked;
    if (typeof measured !== "number" || typeof against !== "number") return null;
    const step = measured - against;
    return el("span", { class: "soft distance" }, ` ${step < 0 ? "−" : "+"}${number(Math.abs(step))}`);
  }

  function attributeRow(one) {
    const off = differs(one);
    const unit = agfd.lexicon().units?.[one.name];
    const cell = (name, value, more = null) =>
      el(
        "td",
        { class: off[name] ? "differs" : null, "data-label": name },
        there(value) ? agfd.word(value) : el("span", { class: "soft none" }, "–"),
        more,
        off[name] ? el("span", { class: "mark" }, " ≠") : null,
      );
    return el(
      "tr",
      { class: off.true || off.measured ? "disagrees" : null, "data-attribute": one.name },
      el("th", { scope: "row", title: agfd.lexicon().attributes?.[one.name] }, agfd.plain(one.name), unit ? el("span", { class: "unit" }, unit) : null),
      cell("asked", one.asked),
      cell("measured", one.measured, distance(one)),
      cell("true", one.true),
      el("td", { class: "source", "data-label": "source" }, one.source ?? ""),
    );
  }

  // A narrow window moves a wide table under itself: by keyboard too.
  const wide = (label, inside) => el("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": label }, inside);

  function table(list) {
    const head = ["attribute", "asked", "measured", "true", "label from"].map((name) => el("th", { scope: "col" }, name));
    return el("table", { class: "attributes" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, list.map(attributeRow)));
  }

  function attributes(detail) {
    const asked = detail.attributes.filter((one) => there(one.asked));
    const rest = detail.attributes.filter((one) => !there(one.asked));
    return section(
      "Asked, measured, true",
      asked.length ? wide("What was asked for", table(asked)) : el("p", { class: "soft" }, "Nothing was asked for."),
      rest.length
        ? fold("rest", `What nobody asked for (${rest.length})`, () => wide("What nobody asked for", table(rest)))
        : null,
    );
  }

  // A prompt with its weights marked: "(film grain:1.2)".
  function prompt(text) {
    const parts = [];
    let last = 0;
    for (const match of text.matchAll(/:(\d+(?:\.\d+)?)(?=\))/g)) {
      parts.push(text.slice(last, match.index), el("b", { class: "weight" }, match[0]));
      last = match.index + match[0].length;
    }
    return el("pre", { class: "prompt-text", tabindex: "0" }, parts, text.slice(last));
  }

  const words = (title, text) =>
    text ? el("div", { class: "words" }, el("h4", {}, title, agfd.copyButton(text)), prompt(text)) : null;

  const list = (entries) => el("dl", { class: "pairs" }, entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  const code = (text) => el("code", {}, String(text));

  function making(detail) {
    const { settings } = detail;
    const asked = settings
      ? [
          ["sampler", settings.sampler],
          ["steps", settings.steps],
          ["CFG scale", settings.cfg_scale],
          ["asked size", `${settings.width} × ${settings.height}`],
        ]
      : [];
    const entries = [
      ...asked,
      ...(detail.size ? [["size", `${detail.size[0]} × ${detail.size[1]}`]] : []),
      ["person seed", code(detail.person)],
      ["scene seed", code(detail.scene)],
      ["slot, attempt", `${detail.slot}, ${detail.attempt}`],
      ...(detail.twin_group ? [["twins", code(detail.twin_group)]] : []),
      ...Object.entries(detail.made).map(([name, value]) => [name, code(value)]),
    ];
    return section("Made with", list(entries.map(([name, value]) => [name, typeof value === "number" ? number(value) : (value ?? "–")])));
  }

  // The dataset's folder as a shell reads it, where this page lies in it; null where a server gives the page.
  function folder() {
    if (location.protocol !== "file:") return null;
    const path = decodeURIComponent(new URL("..", location.href).pathname).replace(/\/$/, "");
    // Windows: /C:/faces is C:/faces there.
    const own = path.replace(/^\/(?=[A-Za-z]:)/, "") || "/";
    return /^[\w@%+=:,.\/-]+$/.test(own) ? own : `'${own.replaceAll("'", "'\\''")}'`;
  }

  function again(detail) {
    const file = detail.full ?? detail.thumb;
    const command = detail.reproduce?.replace("DIR", () => folder() ?? "DIR");
    const hashes = Object.entries(detail.hashes ?? {}).filter(([, value]) => there(value));
    return section(
      "Make it again",
      command
        ? el("div", { class: "command" }, el("pre", { tabindex: "0" }, command), agfd.copyButton(command))
        : el("p", { class: "soft" }, "Nothing of this image was kept that another one could be held against."),
      file ? el("p", { class: "file" }, el("a", { href: file, target: "_blank", rel: "noopener" }, detail.full ? "Open the picture's file" : "Open the thumbnail, all that was kept")) : null,
      hashes.length
        ? fold("hashes", "Hashes", () => list(hashes.map(([name, value]) => [agfd.plain(name), code(value)])))
        : null,
    );
  }

  function measurementRow([name, value, confidence, second]) {
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, agfd.plain(name), el("span", { class: "meaning" }, agfd.lexicon().measurements?.[name] ?? "")),
      el("td", {}, there(value) ? number(value) : "–", there(second) ? el("span", { class: "differs" }, ` or ${number(second)}`) : null),
      el(
        "td",
        { class: "confidence" },
        there(confidence) ? [el("i", { class: "meter", "--share": confidence, "aria-hidden": "true" }), confidence.toFixed(2)] : "–",
      ),
    );
  }

  function measurements(detail) {
    const head = ["measurement", "value", "confidence"].map((name) => el("th", { scope: "col" }, name));
    const lines = () => el("tbody", {}, detail.measurements.map(measurementRow));
    return fold("measurements", `All measurements (${detail.measurements.length})`, () =>
      el("table", { class: "measurements" }, el("thead", {}, el("tr", {}, head)), lines()),
    );
  }

  function quantities(detail) {
    const entries = Object.entries(detail.quantities ?? {}).map(([name, value]) => [
      el("span", { title: agfd.lexicon().quantities?.[name] }, agfd.plain(name)),
      number(value),
    ]);
    return entries.length ? fold("quantities", `True numbers besides (${entries.length})`, () => list(entries)) : null;
  }

  // Options: `without`, names of parts to leave out: verdict, attributes, words, making, again, numbers.
  agfd.facts = (detail, { without = [] } = {}) => {
    const parts = {
      verdict: () => verdict(detail),
      attributes: () => attributes(detail),
      words: () => section("Words", words("Prompt", detail.prompt), words("Negative prompt", detail.negative_prompt)),
      making: () => making(detail),
      again: () => again(detail),
      numbers: () =>
        section(
          "Numbers",
          detail.measurements.length ? measurements(detail) : el("p", { class: "soft" }, "Nothing was measured."),
          quantities(detail),
          el("p", {}, agfd.copyButton(() => JSON.stringify(detail, null, 2), "Copy all of this as JSON")),
        ),
    };
    const names = Object.keys(parts).filter((name) => !without.includes(name));
    return el("div", { class: "facts-of" }, names.map((name) => parts[name]()));
  };
}
