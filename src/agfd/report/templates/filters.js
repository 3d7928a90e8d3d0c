// The facets beside the grid and the chips above it. Made once; a change sets numbers and ticks only.
"use strict";
globalThis.agfd ??= {};
{
  const { el } = agfd;
  // Long or seldom wanted ones are folded until somebody opens them.
  const FOLDED = new Set(["variant", "light", "pose", "source"]);
  // Values of these that no image has with the rest of the choice are left out, not dimmed: there are hundreds.
  const ONLY_USEFUL = new Set(["variant"]);
  const MANY_ROWS = 40;

  function entry(facet, place, toggle) {
    const box = el("input", { type: "checkbox", "data-facet": facet.key, "data-value": place });
    box.addEventListener("change", () => toggle(facet.key, [place], box.checked));
    const number = el("span", { class: "count" });
    const { label } = facet.values[place];
    const line = el("label", { class: "value" }, box, el("span", { class: "name", title: label }, label), number);
    return { box, number, line, place };
  }

  // A group of rows: its own box ticks all of them.
  function group(name, entries, facet, toggle) {
    const box = el("input", { type: "checkbox", "aria-label": `All of ${name}` });
    const places = entries.map((one) => one.place);
    const number = el("span", { class: "count" });
    box.addEventListener("change", () => toggle(facet.key, places, box.checked));
    const fold = el(
      "details",
      { class: "value-group", open: facet.values.length <= MANY_ROWS },
      el("summary", {}, el("span", { class: "name" }, name), number),
      entries.map((one) => one.line),
    );
    return { box, fold, entries, number, line: el("div", { class: "value-group-line" }, box, fold) };
  }

  function grouped(entries, facet, toggle) {
    const byGroup = new Map();
    for (const one of entries) {
      const name = facet.values[one.place].group;
      byGroup.set(name, [...(byGroup.get(name) ?? []), one]);
    }
    return [...byGroup].map(([name, list]) => group(name, list, facet, toggle));
  }

  function block(facet, toggle) {
    const entries = facet.values.map((_, place) => entry(facet, place, toggle));
    const groups = facet.values.some((one) => one.group !== undefined) ? grouped(entries, facet, toggle) : [];
    const chosen = el("span", { class: "chosen-count" });
    const lines = groups.length ? groups.map((one) => one.line) : entries.map((one) => one.line);
    const none = el("p", { class: "soft none", hidden: true }, "None with the rest of the choice.");
    const fold = el(
      "details",
      { class: "facet", "data-key": facet.key, open: !FOLDED.has(facet.key) },
      el("summary", {}, el("h2", {}, facet.label), chosen),
      el("div", { class: "values", role: "group", "aria-label": facet.label }, lines, none),
    );
    return { facet, entries, groups, chosen, fold, none };
  }

  function update({ facet, entries, groups, chosen, none, fold }, places, counts) {
    const most = Math.max(1, ...counts);
    let visible = 0;
    for (const { box, number, line, place } of entries) {
      const ticked = places?.has(place) ?? false;
      const many = counts[place];
      box.checked = ticked;
      number.textContent = agfd.thousands(many);
      line.classList.toggle("zero", many === 0);
      line.style.setProperty("--share", many / most);
      line.hidden = ONLY_USEFUL.has(facet.key) && many === 0 && !ticked;
      if (!line.hidden) visible++;
    }
    for (const { box, number, entries: inside } of groups) {
      number.textContent = agfd.thousands(inside.reduce((sum, { place }) => sum + counts[place], 0));
      const ticked = inside.filter((one) => one.box.checked).length;
      box.checked = ticked === inside.length;
      box.indeterminate = ticked > 0 && ticked < inside.length;
    }
    none.hidden = visible > 0;
    chosen.textContent = places?.size ? String(places.size) : "";
    // What is chosen can be seen: an address may have chosen it.
    if (places?.size && !fold.dataset.seen) {
      fold.open = true;
      fold.dataset.seen = "yes";
    }
  }

  const chip = (text, remove) =>
    el("button", { type: "button", class: "chip", onclick: remove, "aria-label": `Remove ${text}` }, text, el("span", { "aria-hidden": "true" }, "×"));

  // `toggle(key, places, on)`, `search(text)` and `clear()` are called when the reader changes something.
  agfd.filters = (root, chips, { index, toggle, search, clear }) => {
    // What became of an image is asked most, and is short.
    const first = (facet) => (facet.key === "verdict" ? 0 : 1);
    const facets = index.facets.filter((one) => one.values.length).sort((a, b) => first(a) - first(b));
    const blocks = facets.map((facet) => block(facet, toggle));
    root.append(...blocks.map((one) => one.fold));

    function showChips(state) {
      const made = [];
      if (state.q.trim()) made.push(chip(`“${state.q.trim()}”`, () => search("")));
      for (const { key, label, values } of index.facets) {
        for (const place of state.chosen.get(key) ?? []) {
          made.push(chip(`${label}: ${values[place].label}`, () => toggle(key, [place], false)));
        }
      }
      if (made.length) made.push(el("button", { type: "button", class: "clear", onclick: clear }, "Clear all"));
      // Who removed a chip by keyboard goes on with the next one.
      const had = [...chips.children].indexOf(document.activeElement);
      chips.replaceChildren(...made);
      if (had >= 0) (chips.children[Math.min(had, made.length - 1)] ?? document.getElementById("q")).focus();
    }

    return (state, counts) => {
      for (const one of blocks) update(one, state.chosen.get(one.facet.key), counts.get(one.facet.key));
      showChips(state);
    };
  };
}
