// Puts the page together: the address says what is chosen and open, everything else follows from it.
"use strict";
globalThis.agfd ??= {};
{
  const { el } = agfd;
  const by = (id) => document.getElementById(id);
  const SIZES = { key: "agfd.tile", plain: 160 };

  // For screen readers: what happened, once.
  agfd.say = (text) => {
    by("said").textContent = text;
  };

  function remembered(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      // Some browsers keep storage from files: the slider then begins where it is.
      return null;
    }
  }

  function remember(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // As above.
    }
  }

  function start(index) {
    const engine = agfd.facetEngine(index);
    const search = agfd.searcher(index, engine);
    const missing = new Set(index.missing);
    const small = new Set(index.small);
    let { state, strange } = agfd.readAddress(location.hash);
    let shown = new Int32Array(0);
    let filtered = null;
    let marked = [];
    let typing = false;

    const change = (changes) => ({ ...state, ...changes });
    const href = (next) => agfd.writeAddress(next);

    // Make `next` what the page shows. "push" leaves a step to go back to; `inside`: closing it may go back.
    function commit(next, how = "push", inside = false) {
      state = next;
      strange = [];
      const address = href(state);
      if (how === "push" && address !== (location.hash || "#")) history.pushState({ inside }, "", address);
      else history.replaceState(history.state, "", address);
      render();
    }

    function toggle(key, places, on) {
      typing = false;
      const chosen = new Map(state.chosen);
      const set = new Set(chosen.get(key));
      for (const place of places) {
        if (on) set.add(place);
        else set.delete(place);
      }
      if (set.size) chosen.set(key, set);
      else chosen.delete(key);
      commit(change({ chosen }));
    }

    function typed(text) {
      // Going back undoes a search, not its last letter.
      commit(change({ q: text }), typing ? "replace" : "push");
      typing = true;
    }

    function clear() {
      typing = false;
      commit(change({ chosen: new Map(), q: "" }));
      by("q").focus();
    }

    // Closes through the history where opening went through it, so that going back does not open it again.
    function close(changes) {
      if (history.state?.inside) history.back();
      else commit(change(changes), "replace");
    }

    function mark(number) {
      if (number === null || number === undefined) return;
      marked = marked.includes(number) ? marked.filter((one) => one !== number) : [...marked, number];
      if (marked.length < 2) {
        showTray();
        agfd.say(marked.length ? "Marked. Mark another image to compare both." : "No image is marked.");
        return;
      }
      const pair = marked;
      marked = [];
      showTray();
      commit(change({ compare: pair }), "push", true);
    }

    function showTray() {
      grid.marks(marked);
      by("tray").hidden = !marked.length;
      const thumbs = marked.map((number) =>
        missing.has(number) ? null : el("img", { src: `thumbs/${index.ids[number]}.jpg`, alt: words(number).alt, width: 40, height: 40 }),
      );
      by("tray").replaceChildren(
        ...thumbs.filter(Boolean),
        el("span", {}, "Mark another image to compare both."),
        el("button", { type: "button", onclick: () => mark(marked[0]) }, "Cancel"),
      );
    }

    // What a tile says of an image; the panel knows more, but these are here without another file.
    function words(number) {
      const label = (key) => engine.labels(key, number).join(", ");
      const status = engine.values("verdict", number).map((place) => engine.facet("verdict").values[place].value)[0] ?? "failed";
      const reasons = engine.values("reason", number).map((place) => engine.facet("reason").values[place].value);
      const line = [label("sex"), label("race"), label("age")].filter(Boolean).join(", ");
      const alt = `${agfd.verdictText(status, reasons)}: ${label("row")}, ${line}`;
      const there = { picture: !missing.has(number), full: index.full && !small.has(number) };
      return { alt, title: label("row"), line, status, reasons: reasons.map(agfd.plain), ...there };
    }

    const grid = agfd.grid(by("grid"), {
      text: words,
      href: (number) => href(change({ image: number, compare: null })),
      open: (number) => commit(change({ image: number }), "push", true),
      mark,
    });

    function step(by_) {
      const place = shown.indexOf(state.image) + by_;
      if (state.image === null || place < 0 || place >= shown.length) return;
      commit(change({ image: shown[place] }), "replace");
    }

    const panel = agfd.panel(by("panel"), {
      step,
      close: () => close({ image: null, compare: null }),
      compare: (other) => commit(change({ compare: [state.image, other] }), "push", true),
      mark,
      shown: (show) => commit(change({ show }), "replace"),
    });
    const compare = agfd.compare(by("compare"), {
      close: () => close({ compare: null }),
      href: (id) => href(change({ image: agfd.numberOf(id), compare: null })),
    });
    const filters = agfd.filters(by("facets"), by("chips"), { index, toggle, search: typed, clear });

    function tally() {
      const facet = engine.facet("verdict");
      const counts = facet.values.map(() => 0);
      for (const number of shown) for (const place of engine.values("verdict", number)) counts[place]++;
      const parts = facet.values.flatMap(({ value, label }, place) =>
        counts[place] ? [el("span", { class: `tally ${value}` }, `${agfd.thousands(counts[place])} ${label}`)] : [],
      );
      const all = shown.length === index.ids.length;
      const head = all ? `${agfd.thousands(shown.length)} images` : `${agfd.thousands(shown.length)} of ${agfd.thousands(index.ids.length)} images`;
      by("count").replaceChildren(el("strong", {}, head), ...parts);
    }

    // Filtering only where the choice changed: opening an image leaves the grid as it is.
    function filter() {
      const key = href({ ...state, image: null, compare: null, show: [] });
      if (key === filtered) return;
      filtered = key;
      const result = engine.filter(state.chosen, search(state.q));
      shown = state.sort === "asked" ? result.shown : engine.sorted(result.shown, state.sort);
      document.documentElement.dataset.shown = String(shown.length);
      grid.show(shown);
      filters(state, result.counts);
      tally();
      by("nothing").hidden = shown.length > 0;
      by("save").disabled = shown.length === 0;
      if (by("q").value !== state.q) by("q").value = state.q;
      by("sort").value = state.sort;
    }

    function render() {
      by("notice").hidden = !strange.length;
      by("notice").textContent = strange.join(" ");
      filter();
      const before = panel.current();
      const title = state.image === null ? "" : words(state.image).alt;
      panel.sync(state.image, { names: state.show, place: shown.indexOf(state.image), total: shown.length, title });
      compare.sync(state.compare);
      if (state.image === null && before !== null) grid.focus(before);
    }

    function follow() {
      if (href(state) === (location.hash || "#")) return;
      typing = false;
      ({ state, strange } = agfd.readAddress(location.hash));
      render();
    }

    // The list of what is shown, for scripts: ids and what the facets say of each.
    function save() {
      const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
      const keys = index.facets.map((one) => one.key);
      const value = (key, number) => engine.values(key, number).map((place) => engine.facet(key).values[place].value).join(" ");
      const lines = [["id", ...keys], ...Array.from(shown, (number) => [index.ids[number], ...keys.map((key) => value(key, number))])];
      const text = lines.map((line) => line.map(quoted).join(",")).join("\r\n");
      const address = URL.createObjectURL(new Blob([text, "\r\n"], { type: "text/csv" }));
      el("a", { href: address, download: "images.csv" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    }

    // On a narrow window the facets lie over everything else, which then must not be reached by keyboard.
    function openFilters(open) {
      if (by("filter-button").offsetParent !== null || !open) {
        document.body.classList.toggle("filtering", open);
        by("filter-button").setAttribute("aria-expanded", String(open));
        for (const node of [by("bar"), by("main")]) node.inert = open;
      }
      (open ? by("facets").querySelector("summary") : by("filter-button")).focus();
    }

    function setSize(pixels) {
      by("size").value = pixels;
      grid.size(Number(pixels));
      remember(SIZES.key, pixels);
    }

    by("q").addEventListener("input", () => typed(by("q").value));
    by("q").addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") {
        event.preventDefault();
        grid.focus(grid.current());
      }
    });
    by("q").addEventListener("blur", () => {
      typing = false;
    });
    by("sort").addEventListener("change", () => commit(change({ sort: by("sort").value })));
    by("size").addEventListener("input", () => setSize(by("size").value));
    by("save").addEventListener("click", save);
    by("wipe-choice").addEventListener("click", clear);
    by("filter-button").addEventListener("click", () => openFilters(!document.body.classList.contains("filtering")));
    by("filter-done").addEventListener("click", () => openFilters(false));
    by("filters").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && document.body.classList.contains("filtering")) openFilters(false);
    });
    by("skip").addEventListener("click", (event) => {
      // The address is the state: a link of this page must not write another one into it.
      event.preventDefault();
      grid.focus(grid.current());
    });
    addEventListener("popstate", follow);
    addEventListener("hashchange", follow);
    const isFree = () => !by("panel").open && !by("compare").open;
    const inPanel = () => by("panel").open && !by("compare").open;
    const digits = Array.from({ length: 9 }, (_, i) => ({
      key: String(i + 1), run: () => by("panel").querySelectorAll("[data-switch]")[i]?.click(), when: inPanel,
      ...(i === 0 && { shows: "1 – 9", says: "in the panel: switch an overlay" }),
    }));
    agfd.shortcuts(
      [
        { key: "/", says: "search", run: () => by("q").focus(), when: isFree },
        { key: "f", says: "to the filters", run: () => openFilters(true), when: isFree },
        { key: "", shows: "← ↑ ↓ →", says: "among the images; Home, End and pages too" },
        { key: "", shows: "Enter", says: "open an image" },
        {
          key: "c", says: "mark an image; the second one is compared with the first", when: () => !by("compare").open,
          run: () => mark(state.image ?? (by("grid").contains(document.activeElement) ? grid.current() : null)),
        },
        { key: "ArrowLeft", shows: "←", says: "in the panel: the image before", run: () => step(-1), when: inPanel },
        { key: "ArrowRight", shows: "→", says: "in the panel: the next image", run: () => step(1), when: inPanel },
        ...digits,
        { key: "", shows: "Esc", says: "close what is open" },
      ],
      by("help-button"),
    );

    by("columns").hidden = false;
    // What is stuck to the top covers so much: its lines wrap as the window is narrow.
    new ResizeObserver(() => {
      const covered = by("bar").offsetHeight + (parseFloat(getComputedStyle(by("bar")).top) || 0);
      document.documentElement.style.setProperty("--bar", `${covered}px`);
      if (document.querySelector("dialog[open]")) return;
      document.documentElement.style.setProperty("--scroll-bar", `${innerWidth - document.documentElement.clientWidth}px`);
    }).observe(by("bar"));
    by("part").hidden = index.total <= index.ids.length;
    by("part").textContent = `Of ${agfd.thousands(index.total)} images this page shows ${agfd.thousands(index.ids.length)}, as even over rows, sexes and verdicts as can be.`;
    // Half of a phone's width: two faces beside each other are worth more than one large one.
    setSize(remembered(SIZES.key) ?? (innerWidth < 600 ? 104 : SIZES.plain));
    render();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      document.documentElement.dataset.ready = "yes";
    }));
  }

  if (agfd.index) start(agfd.index);
  else {
    by("broken").hidden = false;
    document.documentElement.dataset.ready = "yes";
  }
}
