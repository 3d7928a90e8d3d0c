// The reference is whole without this. It keeps what is folded, what is looked for and where one is in the address:
// "#row-emotion.smile&fold=Age,Hair&find=mask"; the first part is an anchor and works as a plain link too.
"use strict";
globalThis.agfd ??= {};
{
  const all = (selector, node = document) => [...node.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const groups = all("details.group");
  const rows = all("section.row");
  const nav = new Map(all(".rail nav a").map((link) => [link.hash.slice(1), link]));
  const input = byId("find");
  const state = { anchor: "", folded: new Set(), find: "" };

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  // What an address says; `folded` is null where it does not say it.
  function read(hash) {
    const said = { anchor: "", folded: null, find: "" };
    for (const part of hash.replace(/^#/, "").split("&")) {
      const [key, value] = part.split("=");
      if (value === undefined) said.anchor = decoded(key);
      else if (key === "fold") said.folded = new Set(value.split(",").filter(Boolean).map(decoded));
      else if (key === "find") said.find = decoded(value);
    }
    return said;
  }

  function write() {
    const names = groups.map((group) => group.dataset.name).filter((name) => state.folded.has(name));
    const parts = [
      state.anchor && encodeURIComponent(state.anchor),
      names.length && `fold=${names.map(encodeURIComponent).join(",")}`,
      state.find && `find=${encodeURIComponent(state.find)}`,
    ].filter(Boolean);
    const hash = parts.length ? `#${parts.join("&")}` : "";
    // Replaced, not pushed: "back" leads to the page before this one and not through everything that was folded.
    if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
  }

  // Folding. What is looked for is shown also in a folded group; the group stays folded afterwards.
  const folded = (group) => state.folded.has(group.dataset.name);
  const label = byId("fold-all");

  function showFolds() {
    for (const group of groups) group.open = state.find !== "" || !folded(group);
    label.textContent = groups.every(folded) ? "Open all" : "Fold all";
  }

  function fold(group, yes) {
    if (yes) state.folded.add(group.dataset.name);
    else state.folded.delete(group.dataset.name);
  }

  function foldAll() {
    const yes = !groups.every(folded);
    for (const group of groups) fold(group, yes);
    showFolds();
    write();
  }

  function toggled(event) {
    const group = event.currentTarget;
    if (state.find || group.open === !folded(group)) return;
    fold(group, !group.open);
    showFolds();
    write();
  }

  // Finding: rows that have all of the words, in their names or in their prompts.
  const texts = rows.map((row) => row.dataset.find.toLowerCase());

  function showFound() {
    const words = state.find.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, place) => {
      row.hidden = !words.every((word) => texts[place].includes(word));
      found += row.hidden ? 0 : 1;
    });
    for (const group of groups) group.hidden = all("section.row", group).every((row) => row.hidden);
    for (const [id, link] of nav) link.parentElement.hidden = byId(id).hidden;
    byId("found").textContent = words.length ? `${found} of ${rows.length} rows` : "";
    byId("nothing").hidden = found > 0;
    showFolds();
  }

  function find(text) {
    state.find = text.trim();
    showFound();
    write();
  }

  // Where one is: the first group and row below the bar. Links to them are marked, and the address follows.
  const inView = new Set();
  let here = null;
  let waiting = 0;

  function mark() {
    here = rows.find((row) => inView.has(row)) ?? null;
    const group = here?.closest("details") ?? groups.find((one) => inView.has(one)) ?? null;
    for (const [id, link] of nav) {
      if (id === here?.id || id === group?.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (group) reveal(nav.get(group.id));
    // Not at every step of scrolling: browsers count how often an address is replaced.
    clearTimeout(waiting);
    waiting = setTimeout(follow, 200);
  }

  // The strip of links scrolls by itself on a phone, the rail on a desk; the page does not move.
  function reveal(link) {
    const strip = link.closest("nav");
    const [outer, inner] = [strip.getBoundingClientRect(), link.getBoundingClientRect()];
    if (inner.left < outer.left || inner.right > outer.right) strip.scrollLeft += inner.left - outer.left - 16;
    if (inner.top < outer.top || inner.bottom > outer.bottom) strip.scrollTop += inner.top - outer.top - 16;
  }

  function follow() {
    const said = byId(state.anchor);
    const first = here?.parentElement.querySelector("section.row:not([hidden])");
    // A link to a part of this row, or to the group that begins with it, says more than the row.
    const fits = said && here && (here.contains(said) || (said === here.parentElement && first === here));
    if (fits) return;
    state.anchor = here && scrollY > 0 ? here.id : "";
    write();
  }

  function watch() {
    const bar = document.querySelector(".rail");
    const top = getComputedStyle(bar).position === "sticky" && bar.offsetWidth > innerWidth / 2 ? bar.offsetHeight : 0;
    const seen = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) inView.add(target);
          else inView.delete(target);
        }
        mark();
      },
      { rootMargin: `-${top + 24}px 0px -55% 0px` },
    );
    for (const node of [...groups, ...rows]) seen.observe(node);
  }

  // Going to what an address names, opening what it lies in.
  function go(anchor, scroll = true) {
    const target = byId(anchor);
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.matches("details.group")) fold(node, false);
      else if (node.matches("details")) node.open = true;
    }
    if (target.closest("[hidden]")) {
      input.value = "";
      state.find = "";
    }
    showFound();
    if (scroll) target.scrollIntoView();
  }

  function apply(said, scroll) {
    state.anchor = byId(said.anchor) ? said.anchor : "";
    if (said.folded) state.folded = said.folded;
    state.find = said.find;
    input.value = said.find;
    showFound();
    go(state.anchor, scroll);
  }

  // Keys: rows that can be seen one after the other, and groups that are folded or have the focus.
  function stopsOf(group) {
    const summary = group.querySelector("summary");
    const seen = group.open ? all("section.row:not([hidden])", group) : [];
    return seen.length && summary !== document.activeElement ? seen : [summary, ...seen];
  }

  function step(by) {
    const stops = groups.filter((group) => !group.hidden).flatMap(stopsOf);
    const at = stops.indexOf(document.activeElement.closest("section.row, summary"));
    // From nowhere: to the row in view, or back from it.
    const from = at >= 0 ? at + by : stops.indexOf(here) + (by < 0 ? -1 : here && scrollY > here.offsetTop ? 1 : 0);
    const next = stops[Math.min(Math.max(from, 0), stops.length - 1)];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView();
  }

  function foldHere() {
    const group = document.activeElement.closest("details.group") ?? here?.closest("details.group");
    if (!group) return;
    fold(group, !folded(group));
    showFolds();
    write();
    if (folded(group)) group.querySelector("summary").focus();
  }

  const SHORTCUTS = [
    { key: "j", says: "next row", run: () => step(1) },
    { key: "k", says: "previous row", run: () => step(-1) },
    { key: "f", says: "fold or open this group", run: foldHere },
    { key: "a", says: "fold or open all groups", run: foldAll },
    { key: "/", says: "find a row or a word; Escape ends it", run: () => input.focus() },
  ];

  function addCopies() {
    for (const item of all(".words li")) {
      const name = item.querySelector("code").textContent;
      const button = agfd.copyButton(item.querySelector("pre").textContent, "Copy");
      button.setAttribute("aria-description", `the prompt of ${name}`);
      item.append(button);
    }
    for (const block of all("pre.copy")) block.after(agfd.copyButton(block.textContent));
  }

  for (const part of all(".find, .tools")) part.hidden = false;
  document.documentElement.classList.add("live");
  for (const group of groups) group.addEventListener("toggle", toggled);
  label.addEventListener("click", foldAll);
  input.addEventListener("input", () => find(input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    input.value = "";
    find("");
    input.blur();
  });
  // A plain link says nothing of folds and of what is looked for: they stay, and are written behind it.
  addEventListener("hashchange", () => {
    const said = read(location.hash);
    apply({ ...said, find: said.find || (said.folded ? "" : state.find) }, true);
    write();
  });
  addCopies();
  agfd.shortcuts(SHORTCUTS, byId("help"));
  // Where the page is loaded again the browser knows the place more exactly than the address.
  const again = performance.getEntriesByType("navigation")[0]?.type;
  apply(read(location.hash), again !== "reload" && again !== "back_forward");
  write();
  watch();
}
