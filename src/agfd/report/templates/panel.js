// One image with everything known of it, over the grid.
"use strict";
globalThis.agfd ??= {};
{
  const { el } = agfd;
  const MOST_TWINS = 12;

  // The attributes in which two images differ, as [name, value of one, value of the other].
  agfd.differences = (one, other) => {
    const names = [...new Set([...one.attributes, ...other.attributes].map((each) => each.name))];
    return names.map((name) => [name, agfd.labelOf(one, name), agfd.labelOf(other, name)]).filter(([, a, b]) => a !== b);
  };

  async function twins(detail, number, compare) {
    const group = Object.hasOwn(agfd.index.twins, detail.twin_group) ? agfd.index.twins[detail.twin_group] : [];
    const siblings = group.filter((one) => one !== number).slice(0, MOST_TWINS);
    if (!siblings.length) return null;
    const details = await Promise.all(siblings.map((one) => agfd.detail(one)));
    const cards = details.map((other, i) => {
      const told = agfd.differences(detail, other).map(([name, , there]) => `${agfd.plain(name)}: ${agfd.word(there) || "not known"}`);
      const label = told.slice(0, 2).join(", ") || agfd.plain(other.variant);
      return el(
        "button",
        { type: "button", class: "twin", onclick: () => compare(siblings[i]), "aria-label": `Compare with the twin with ${label}` },
        other.thumb ? el("img", { src: other.thumb, alt: "", width: 64, height: 64 }) : el("span", { class: "no-picture" }, other.status),
        el("span", {}, label),
      );
    });
    return el(
      "section",
      { class: "twins" },
      el("h3", {}, "Twins"),
      el("p", { class: "soft" }, "The same person and scene, another value. Choose one to wipe between both."),
      el("div", { class: "twin-list" }, cards),
    );
  }

  function title(detail) {
    const years = agfd.labelOf(detail, "age");
    const words = [agfd.plain(detail.variant), detail.sex, agfd.plain(detail.race)];
    if (years !== null) words.push(`${agfd.word(years)} years`);
    return words.join(", ");
  }

  // `dialog`: the element. `step(by)`, `close()`, `compare(number)`, `mark(number)` and `shown(names)` (overlays that
  // are on) are called when the reader wants it.
  agfd.panel = (dialog, { step, close, compare, mark, shown }) => {
    let current = null;
    let turn = 0;
    const heading = el("h2", { id: "panel-title", tabindex: "-1" });
    const below = el("p", { class: "soft below" });
    const position = el("span", { class: "soft position" });
    const tool = (text, label, key, act) =>
      el("button", { type: "button", class: "tool", "aria-label": label, title: `${label} (${key})`, onclick: act }, text);
    const previous = tool("‹", "Previous image", "←", () => step(-1));
    const next = tool("›", "Next image", "→", () => step(1));
    const picked = tool("⇄", "Mark to compare", "c", () => mark(current));
    const body = el("div", { class: "panel-body" });
    dialog.setAttribute("aria-labelledby", "panel-title");
    dialog.append(
      el(
        "header",
        { class: "panel-head" },
        el("div", { class: "panel-title" }, heading, below),
        el("div", { class: "panel-tools" }, position, previous, next, picked, tool("×", "Close", "Esc", close)),
      ),
      body,
    );
    dialog.addEventListener("cancel", (event) => {
      // The address says what is open: closing goes through it.
      event.preventDefault();
      close();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) close();
    });

    // A finger that goes across the picture goes on to the next one; up and down it scrolls.
    let from = null;
    body.addEventListener("touchstart", (event) => {
      const [touch] = event.touches;
      const can = event.touches.length === 1 && event.target.closest(".stage");
      from = can ? [touch.clientX, touch.clientY] : null;
    }, { passive: true });
    body.addEventListener("touchend", (event) => {
      if (!from) return;
      const [touch] = event.changedTouches;
      const [across, along] = [touch.clientX - from[0], touch.clientY - from[1]];
      from = null;
      if (Math.abs(across) > 60 && Math.abs(along) < Math.abs(across) / 2) step(across < 0 ? 1 : -1);
    });

    async function fill(number, names) {
      const mine = ++turn;
      let detail = null;
      try {
        detail = await agfd.detail(number);
      } catch (error) {
        if (mine !== turn) return;
        heading.textContent = agfd.index.ids[number];
        below.textContent = "";
        body.replaceChildren(el("p", { class: "problem", role: "alert" }, `What is known of this image could not be read: ${error.message}`));
        return;
      }
      const related = await twins(detail, number, compare).catch(() => null);
      if (mine !== turn) return;
      heading.textContent = title(detail);
      below.replaceChildren(`${detail.group} · ${detail.feature} · `, el("code", {}, detail.id));
      const figure = agfd.overlays(detail, { shown: names, changed: shown, alt: agfd.altText(detail) });
      body.replaceChildren(
        el("div", { class: "panel-picture", tabindex: "0", role: "region", "aria-label": "Picture" }, figure, related),
        el("div", { class: "panel-facts", tabindex: "0", role: "region", "aria-label": "Facts" }, agfd.facts(detail)),
      );
      dialog.dataset.image = detail.id;
    }

    return {
      current: () => current,
      // Show an image, or nothing; `place` of `total` matching images, -1 where it is none of them.
      sync(number, { names = [], place = -1, total = 0, title: before = "" } = {}) {
        if (number === null) {
          turn++;
          current = null;
          delete dialog.dataset.image;
          if (dialog.open) dialog.close();
          return;
        }
        position.textContent = place < 0 ? "not among the chosen" : `${agfd.thousands(place + 1)} of ${agfd.thousands(total)}`;
        previous.disabled = place <= 0;
        next.disabled = place < 0 || place >= total - 1;
        if (number === current) return;
        current = number;
        if (!dialog.open) {
          // Until the file with the rest is there.
          heading.textContent = before;
          below.textContent = "";
          body.replaceChildren();
          dialog.showModal();
          heading.focus();
        }
        fill(number, names);
      },
    };
  };
}
