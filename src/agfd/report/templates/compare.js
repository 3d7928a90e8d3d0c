// Two images: side by side, or one wiped over the other; what they differ in comes first.
"use strict";
globalThis.agfd ??= {};
{
  const { el } = agfd;
  const SIDES = ["A", "B"];

  // `href(id)`: the address of an image's panel.
  function figure(detail, side, href) {
    const source = detail.full ?? detail.thumb;
    const alt = agfd.altText(detail);
    const picture = source ? el("img", { src: source, alt, class: "picture" }) : el("span", { class: "no-picture" }, alt);
    return el(
      "figure",
      { class: "compared" },
      el("div", { class: "stage", "--ratio": detail.size ? detail.size[0] / detail.size[1] : 1 }, picture),
      el("figcaption", {}, el("b", { class: "side" }, side), " ", el("a", { href: href(detail.id) }, alt)),
    );
  }

  function slider(one, other) {
    const [width, height] = one.size;
    const layer = (detail, kind) => el("img", { src: detail.full ?? detail.thumb, alt: `${kind}: ${agfd.altText(detail)}`, class: `layer ${kind}`, draggable: "false" });
    const stage = el(
      "div",
      { class: "stage wipe", "--ratio": width / height },
      layer(one, "A"), layer(other, "B"),
      el("span", { class: "handle", "aria-hidden": "true" }),
      el("b", { class: "side left", "aria-hidden": "true" }, "A"), el("b", { class: "side right", "aria-hidden": "true" }, "B"),
    );
    const setting = el("input", { type: "range", min: 0, max: 100, value: 50, step: 1, class: "wiper", "aria-label": "How much of A covers B, from the left" });
    const apply = () => {
      stage.style.setProperty("--wipe", setting.value);
      setting.setAttribute("aria-valuetext", `${setting.value} % A, ${100 - setting.value} % B`);
    };
    const drag = (event) => {
      const box = stage.getBoundingClientRect();
      setting.value = Math.round((100 * (event.clientX - box.left)) / box.width);
      apply();
    };
    stage.addEventListener("pointerdown", (event) => {
      stage.setPointerCapture(event.pointerId);
      drag(event);
      setting.focus();
      // The focus stays on the slider, whose keys work on.
      event.preventDefault();
    });
    stage.addEventListener("pointermove", (event) => {
      if (stage.hasPointerCapture(event.pointerId)) drag(event);
    });
    setting.addEventListener("input", apply);
    apply();
    return el("div", { class: "wipe-box" }, stage, setting);
  }

  const row = (name, a, b) =>
    el(
      "tr",
      { class: a === b ? null : "disagrees", "data-name": name },
      el("th", { scope: "row" }, agfd.plain(name)),
      [a, b].map((value) => el("td", {}, value === "" ? el("span", { class: "soft" }, "–") : value)),
    );

  function lines(one, other) {
    const plain = (name, of) => [name, agfd.word(of(one)), agfd.word(of(other))];
    const known = (detail, name) => agfd.word(agfd.labelOf(detail, name));
    const names = [...new Set([...one.attributes, ...other.attributes].map((each) => each.name))];
    return [
      plain("verdict", (detail) => agfd.verdictText(detail.status, detail.reasons.map((each) => each.code))),
      plain("row", (detail) => detail.row),
      plain("words", (detail) => detail.variant),
      ...names.map((name) => [name, known(one, name), known(other, name)]),
      ["person seed", one.person, other.person],
      ["scene seed", one.scene, other.scene],
    ];
  }

  function differences(one, other) {
    const all = lines(one, other);
    const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "image"), SIDES.map((side) => el("th", { scope: "col" }, side))));
    const table = (list) => el("table", { class: "differences" }, head.cloneNode(true), el("tbody", {}, list.map((each) => row(...each))));
    const apart = all.filter(([, a, b]) => a !== b);
    const alike = all.filter(([, a, b]) => a === b);
    return el(
      "section",
      { class: "facts-part" },
      el("h3", {}, apart.length ? `What differs (${apart.length})` : "Nothing differs"),
      apart.length ? table(apart) : null,
      el("details", {}, el("summary", {}, `What is the same (${alike.length})`), table(alike)),
    );
  }

  // The prompt with the words that the other one lacks marked.
  function words(detail, other, side) {
    const split = (text) => text.split(/([\s,()]+)/);
    const there = new Set(split(other.prompt));
    const parts = split(detail.prompt).map((part) => (there.has(part) || /^[\s,()]*$/.test(part) ? part : el("mark", {}, part)));
    return el("div", { class: "words" }, el("h4", {}, `Prompt of ${side}`, agfd.copyButton(detail.prompt)), el("pre", { class: "prompt-text", tabindex: "0" }, parts));
  }

  function measurements(one, other) {
    const values = (detail) => new Map(detail.measurements.map(([name, value]) => [name, value]));
    const [a, b] = [values(one), values(other)];
    const names = [...new Set([...a.keys(), ...b.keys()])];
    if (!names.length) return null;
    const cell = (map, name) => el("td", {}, map.has(name) ? agfd.word(map.get(name)) : "–");
    const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "image"), SIDES.map((side) => el("th", { scope: "col" }, side))));
    const body = names.map((name) => el("tr", {}, el("th", { scope: "row" }, agfd.plain(name)), cell(a, name), cell(b, name)));
    return el("details", {}, el("summary", {}, `Measurements of both (${names.length})`), el("table", { class: "differences plain" }, head, el("tbody", {}, body)));
  }

  function views(one, other, href) {
    const both = one.size && other.size && [one, other].every((detail) => detail.full ?? detail.thumb);
    const area = el("div", { class: "compare-pictures" });
    const show = (name) => {
      area.replaceChildren(...(name === "slider" ? [slider(one, other)] : [figure(one, "A", href), figure(other, "B", href)]));
      area.dataset.view = name;
    };
    const twins = one.twin_group !== null && one.twin_group === other.twin_group;
    const first = both && twins ? "slider" : "side";
    const choice = (name, label) => {
      const box = el("input", { type: "radio", name: "compare-view", value: name });
      box.checked = name === first;
      box.addEventListener("change", () => show(name));
      return el("label", {}, box, el("span", {}, label));
    };
    show(first);
    const choices = el("fieldset", { class: "choices" }, el("legend", { class: "offscreen" }, "View"), choice("side", "Side by side"), choice("slider", "Slider"));
    return [both ? choices : null, area].filter(Boolean);
  }

  // `close()` is called when the reader wants it; `href(id)` gives the address of an image's panel.
  agfd.compare = (dialog, { close, href }) => {
    let current = "";
    const heading = el("h2", { id: "compare-title", tabindex: "-1" }, "Two images compared");
    const body = el("div", { class: "compare-body" });
    const shut = el("button", { type: "button", class: "tool", "aria-label": "Close", title: "Close (Esc)", onclick: close }, "×");
    dialog.setAttribute("aria-labelledby", "compare-title");
    dialog.append(el("header", { class: "panel-head" }, heading, el("div", { class: "panel-tools" }, shut)), body);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) close();
    });

    async function fill(pair, key) {
      try {
        const [one, other] = await Promise.all(pair.map((number) => agfd.detail(number)));
        if (key !== current) return;
        body.replaceChildren(
          el("div", { class: "compare-views" }, views(one, other, href)),
          el("div", { class: "compare-facts" }, differences(one, other), words(one, other, "A"), words(other, one, "B"), measurements(one, other)),
        );
        dialog.dataset.images = `${one.id},${other.id}`;
      } catch (error) {
        if (key !== current) return;
        body.replaceChildren(el("p", { class: "problem", role: "alert" }, `What is known of these images could not be read: ${error.message}`));
      }
    }

    return {
      sync(pair) {
        const key = pair ? pair.join() : "";
        if (key === current) return;
        current = key;
        if (!pair) {
          delete dialog.dataset.images;
          dialog.close();
          return;
        }
        if (!dialog.open) {
          dialog.showModal();
          heading.focus();
        }
        fill(pair, key);
      },
    };
  };
}
