// The keys of the page, and the list of them that "?" shows.
"use strict";
globalThis.agfd ??= {};
{
  const { el } = agfd;
  const LISTED = [
    ["Everywhere", [["/", "search"], ["?", "these keys"], ["f", "to the filters"], ["Esc", "close what is open"]]],
    ["Among the images", [
      ["← ↑ → ↓", "go"], ["Home End", "first, last"], ["Page ↑ Page ↓", "a window on or back"], ["Enter", "open"],
      ["c", "mark; the second one is compared with the first"],
    ]],
    ["In the panel", [["← →", "the image before, the next one"], ["1 … 9", "switch an overlay"], ["c", "mark to compare"]]],
  ];

  agfd.helpDialog = (dialog) => {
    const close = el("button", { type: "button", class: "tool", "aria-label": "Close", onclick: () => dialog.close() }, "×");
    const lists = LISTED.map(([title, keys]) => [
      el("h3", {}, title),
      el("dl", {}, keys.map(([key, meaning]) => el("div", {}, el("dt", {}, key.split(/ (?!…|\d)/).map((one) => el("kbd", {}, one))), el("dd", {}, meaning)))),
    ]);
    dialog.setAttribute("aria-labelledby", "help-title");
    dialog.append(el("header", { class: "panel-head" }, el("h2", { id: "help-title" }, "Keys"), el("div", { class: "panel-tools" }, close)), el("div", { class: "help-body" }, lists));
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  };

  const typing = (target) => target.closest?.("input[type=search], input[type=text], textarea, select, [contenteditable]");

  // `acts`: what each key does, by its name in `event.key`; "panel" and "digit" have acts of their own.
  agfd.keys = ({ search, help, filters, mark, step, overlay }, { panel, compare, helper }) => {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const free = !helper.open && !compare.open;
      const act = () => {
        if (event.key === "?" && !helper.open) return help;
        if (!free) return null;
        if (event.key === "c") return mark;
        if (panel.open) {
          // Arrows belong to a slider that has the focus.
          if (event.target.type === "range") return null;
          if (event.key === "ArrowLeft") return () => step(-1);
          if (event.key === "ArrowRight") return () => step(1);
          return /^[1-9]$/.test(event.key) ? () => overlay(Number(event.key)) : null;
        }
        return { "/": search, f: filters }[event.key] ?? null;
      };
      const found = act();
      if (!found) return;
      event.preventDefault();
      found();
    });
  };
}
