"use strict";
// What the reviewer sees: fills the page's parts from what is true now. It decides nothing and asks nobody.
globalThis.agfd ??= {};
{
  const { el, plain } = agfd;
  const part = (id) => document.getElementById(id);

  function asked(detail) {
    part("group").textContent = detail.group;
    part("feature").textContent = detail.feature;
    part("phrase").textContent = agfd.choice.unweighted(detail.variant);
    part("asked").replaceChildren(
      ...agfd.choice.asked(detail).map((attribute) =>
        el("div", {}, el("dt", {}, plain(attribute.name)), el("dd", {}, agfd.choice.said(attribute.asked))),
      ),
    );
  }

  const altText = (detail) => {
    const told = agfd.choice.asked(detail).map((attribute) => `${plain(attribute.name)} ${agfd.choice.said(attribute.asked)}`);
    return `${detail.feature}: asked for ${told.join(", ")}`;
  };

  const waiting = (...text) => el("p", { class: "blank" }, ...text);

  // The picture, or what there is instead of it.
  function picture(entry, overlays) {
    const frame = part("frame");
    if (!entry || entry.state === "loading") {
      frame.replaceChildren(waiting("The picture is on its way."));
    } else if (entry.state === "gone") {
      frame.replaceChildren(waiting(entry.sentence, " ", el("b", {}, "n"), " goes on."));
    } else if (overlays) {
      const drawn = agfd.overlays(entry.detail, { ...overlays, alt: altText(entry.detail) });
      if (entry.detail.blind) drawn.append(el("figcaption", { class: "soft" }, "Overlays come when you have spoken."));
      frame.replaceChildren(drawn);
    } else {
      entry.picture.alt = altText(entry.detail);
      entry.picture.className = "face";
      entry.picture.style.setProperty("--ratio", entry.picture.naturalWidth / entry.picture.naturalHeight);
      frame.replaceChildren(entry.picture);
    }
  }

  const keyed = (key) => (key ? el("kbd", {}, key) : null);

  // A button for an option of a choice; a press of its key does the same.
  const option = ({ key, label, title, hint, off }, choose) =>
    el(
      "button",
      { type: "button", class: "option", title, disabled: off, "aria-keyshortcuts": key, onclick: choose },
      keyed(key),
      el("span", { class: "label" }, label),
      hint ? el("small", {}, hint) : null,
    );

  // The three opinions.
  function opinions(choose) {
    const big = (opinion, key, word) =>
      el(
        "button",
        { type: "button", class: `opinion ${opinion}`, "aria-keyshortcuts": key, onclick: () => choose(opinion) },
        el("span", { class: "glyph", "aria-hidden": "true" }, agfd.verdict.OPINIONS[opinion].sign),
        el("span", { class: "label" }, word),
        keyed(key),
      );
    const buttons = [big("reject", "r", "Reject"), big("unsure", "u", "Unsure"), big("accept", "a", "Accept")];
    part("choice").replaceChildren(el("div", { class: "opinions" }, buttons));
  }

  // A list to choose from: `groups` of [heading, options]; `skip`: what Enter says.
  function list(title, groups, choose, skip, leave) {
    const last = option({ key: "Enter", label: skip }, () => choose(null));
    const lists = groups.flatMap(([heading, options], place) => [
      heading && options.length ? el("h3", {}, heading) : "",
      el("div", { class: "options" }, options.map((one) => option(one, () => choose(one))), place === groups.length - 1 ? last : null),
    ]);
    part("choice").replaceChildren(head(title, leave), ...lists);
  }

  // A number to type. `choose` gets the text, null for nothing.
  function number(title, choose, skip, leave) {
    const field = el("input", { id: "number", type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": title });
    const done = () => choose(field.value.trim() || null);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      done();
    });
    part("choice").replaceChildren(head(title, leave), field, el("p", { id: "number-said", class: "soft" }, skip), option({ key: "Enter", label: "Done" }, done));
    field.focus();
  }

  const head = (title, leave) =>
    el(
      "div",
      { class: "choosing" },
      el("h3", { tabindex: "-1", id: "choosing" }, title),
      el("button", { type: "button", class: "leave", "aria-keyshortcuts": "Escape", onclick: leave }, "Back ", keyed("Esc")),
    );

  // The verdict that stands on this image, and the machine's where it may be told.
  function stands(press, detail) {
    const line = part("stands");
    line.hidden = !press;
    line.className = `stands ${press?.opinion ?? ""}`;
    if (!press) return;
    const machine = detail && !detail.blind && part("tell").checked ? agfd.verdict.machine(press, detail) : "";
    line.replaceChildren(el("b", {}, `You said: ${agfd.verdict.spoken(press)}.`), ` ${machine} Another verdict replaces yours.`);
  }

  // The last verdicts, the newest first; each goes back to its image. What is there stays: nothing is asked for twice.
  const steps = new Map(); // by the key of the press
  function trail(presses, at, ahead, go) {
    const line = presses.map((press) => {
      const step = steps.get(press.key) ?? stepBack(press, ahead.get(press.image), go);
      step.firstChild.setAttribute("aria-current", press.image === at);
      return [press.key, step];
    });
    steps.clear();
    for (const [key, step] of line) steps.set(key, step);
    part("trail").replaceChildren(...steps.values());
  }

  function stepBack(press, entry, go) {
    const said = agfd.verdict.spoken(press);
    // The picture that was just looked at is here: it needs no server.
    const face = entry?.picture ? small(entry.picture) : thumbnail(press.image);
    const mark = el("span", { class: "stamp", "aria-hidden": "true" }, agfd.verdict.OPINIONS[press.opinion].sign);
    const properties = { type: "button", class: press.opinion, title: said, "aria-label": `Back to: ${said}` };
    return el("li", {}, el("button", { ...properties, onclick: () => go(press.image) }, face, mark));
  }

  const thumbnail = (id) => {
    const onerror = (event) => event.target.classList.add("none");
    return el("img", { src: `/api/thumb/${id}`, alt: "", width: 52, height: 52, onerror });
  };

  // The middle square of a picture, for screens with two pixels to a point.
  function small(picture) {
    const side = Math.min(picture.naturalWidth, picture.naturalHeight);
    const drawn = el("canvas", { width: 104, height: 104 });
    const [x, y] = [(picture.naturalWidth - side) / 2, (picture.naturalHeight - side) / 2];
    drawn.getContext("2d").drawImage(picture, x, y, side, side, 0, 0, 104, 104);
    return drawn;
  }

  function progress(queue, pace) {
    const open = queue.size - queue.done;
    part("progress").max = Math.max(1, queue.size);
    part("progress").value = queue.done;
    part("count").textContent = `${agfd.thousands(queue.done)} of ${agfd.thousands(queue.size)}`;
    part("pace").textContent = pace.told(open);
  }

  // Everything of this queue was said.
  function finished(queue) {
    const counts = { accept: 0, reject: 0, unsure: 0 };
    for (const press of queue.newest(queue.size)) counts[press.opinion] += 1;
    const told = Object.entries(counts).map(([opinion, count]) => `${count} ${agfd.verdict.OPINIONS[opinion].word}`);
    const title = queue.size ? "Every image of this queue has a verdict." : "There is no image in this queue.";
    part("frame").replaceChildren(el("div", { class: "blank" }, el("p", {}, el("b", {}, title)), queue.size ? el("p", {}, told.join(", ")) : null));
    for (const id of ["group", "feature", "phrase"]) part(id).textContent = "";
    part("asked").replaceChildren();
    part("choice").replaceChildren();
    stands(null);
  }

  agfd.screen = { asked, finished, list, number, opinions, picture, progress, stands, trail };
}
