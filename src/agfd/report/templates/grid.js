// The pictures: only those that can be seen, and two rows more on each side, are in the document.
"use strict";
globalThis.agfd ??= {};
{
  const { el } = agfd;
  const GAP = 10;
  const BESIDE = 2;
  // From this width of a tile on there is room for words below it.
  const CAPTION_FROM = 132;
  const CAPTION = 40;

  // `root`: the element. `text(n)` gives {alt, title, line, status, reasons, picture, full} of an image, `href(n)` its link; `open(n)`
  // and `mark(n)` are called when the reader wants it.
  agfd.grid = (root, { text, href, open, mark }) => {
    let shown = new Int32Array(0);
    let size = 160;
    let columns = 1;
    let side = size;
    let height = 1;
    let captions = true;
    let current = 0;
    let marked = [];
    const rows = new Map();
    root.setAttribute("role", "grid");

    function picture(n, words) {
      if (!words.picture) return el("span", { class: "no-picture" }, words.reasons.join(", ") || "no picture");
      const thumb = `thumbs/${agfd.index.ids[n]}.jpg`;
      // Where a thumbnail would be enlarged the browser takes the full picture. Its width need not be exact for that.
      const sharp = words.full ? { srcset: `${thumb} 128w, full/${agfd.index.ids[n]}.png 512w`, sizes: `${Math.round(side)}px` } : {};
      const image = el("img", { ...sharp, src: thumb, alt: words.alt, width: 128, height: 128, decoding: "async", draggable: "false" });
      image.addEventListener("error", () => {
        if (image.srcset) image.removeAttribute("srcset");
        else image.replaceWith(el("span", { class: "no-picture" }, "cannot be read"));
      });
      return image;
    }

    function tile(place, column) {
      const n = shown[place];
      const words = text(n);
      const off = words.status !== "accepted";
      const flag = off
        ? el("span", { class: "flag", "aria-hidden": "true" }, words.picture ? words.reasons.join(", ") || words.status : words.status)
        : null;
      const caption = captions
        ? el("span", { class: "caption", "aria-hidden": "true" }, el("b", {}, words.title), el("span", {}, words.line))
        : null;
      const link = el(
        "a",
        {
          class: `tile ${words.status}`, href: href(n), tabindex: place === current ? 0 : -1, "data-place": place, "data-number": n,
          "aria-label": words.alt, title: words.alt, draggable: "false",
        },
        el("span", { class: "frame" }, picture(n, words), flag),
        caption,
      );
      const button = el(
        "button",
        { type: "button", class: "pick", tabindex: -1, "data-place": place, "aria-label": `Mark to compare: ${words.alt}`, title: "Mark to compare (c)" },
        "⇄",
      );
      if (marked.includes(n)) link.classList.add("marked");
      return el("div", { role: "gridcell", class: "cell", "aria-colindex": column + 1 }, link, button);
    }

    function makeRow(row) {
      const first = row * columns;
      const cells = [];
      for (let place = first; place < Math.min(first + columns, shown.length); place++) cells.push(tile(place, place - first));
      const line = el("div", { role: "row", class: "tiles", "aria-rowindex": row + 1 }, cells);
      line.style.transform = `translateY(${row * height}px)`;
      return line;
    }

    const focused = () => (root.contains(document.activeElement) ? Math.floor(current / columns) : -1);

    function render() {
      const top = root.getBoundingClientRect().top;
      const last = Math.ceil(shown.length / columns) - 1;
      const from = Math.max(0, Math.floor(-top / height) - BESIDE);
      const to = Math.min(last, Math.floor((innerHeight - top) / height) + BESIDE);
      // The row that has the focus stays: an element that is taken away loses it.
      const held = focused();
      for (const [row, line] of rows) {
        if ((row < from || row > to) && row !== held) {
          line.remove();
          rows.delete(row);
        }
      }
      for (let row = from; row <= to; row++) {
        if (rows.has(row)) continue;
        const line = makeRow(row);
        const after = [...rows.keys()].filter((one) => one > row).sort((a, b) => a - b)[0];
        root.insertBefore(line, after === undefined ? null : rows.get(after));
        rows.set(row, line);
      }
    }

    function clear() {
      for (const line of rows.values()) line.remove();
      rows.clear();
    }

    function layout() {
      const width = root.clientWidth;
      columns = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
      side = (width - GAP * (columns - 1)) / columns;
      captions = side >= CAPTION_FROM;
      height = side + (captions ? CAPTION : 0) + GAP;
      root.style.setProperty("--columns", columns);
      root.style.setProperty("--gap", `${GAP}px`);
      root.style.height = `${Math.max(0, Math.ceil(shown.length / columns) * height - GAP)}px`;
      root.setAttribute("aria-rowcount", Math.ceil(shown.length / columns));
      root.setAttribute("aria-colcount", columns);
      const held = root.contains(document.activeElement);
      clear();
      render();
      if (held && shown.length) go(current);
    }

    // The place in the row order that is at the top of the window, to stay there when tiles change their size.
    function keepPlace(change) {
      const top = -root.getBoundingClientRect().top;
      const place = top > 0 ? Math.floor(top / height) * columns : -1;
      change();
      if (place >= 0) scrollTo(0, scrollY + root.getBoundingClientRect().top + Math.floor(place / columns) * height);
      render();
    }

    // The height of what is stuck to the top of the window.
    const cover = () => parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;

    function reveal(place) {
      const top = root.getBoundingClientRect().top + Math.floor(place / columns) * height;
      if (top < cover()) scrollBy(0, top - cover());
      else if (top + height > innerHeight) scrollBy(0, Math.min(top + height - innerHeight, top - cover()));
      render();
    }

    function go(place, focus = true) {
      const before = root.querySelector(`.tile[data-place="${current}"]`);
      current = Math.max(0, Math.min(shown.length - 1, place));
      if (before) before.tabIndex = -1;
      reveal(current);
      const link = root.querySelector(`.tile[data-place="${current}"]`);
      if (!link) return;
      link.tabIndex = 0;
      if (focus) link.focus({ preventScroll: true });
      // The row that was held for the focus may be far away now.
      render();
    }

    const page = () => Math.max(1, Math.floor((innerHeight - cover()) / height)) * columns;
    const MOVES = {
      ArrowRight: () => current + 1,
      ArrowLeft: () => current - 1,
      ArrowDown: () => (current + columns < shown.length ? current + columns : Math.max(current, shown.length - 1)),
      ArrowUp: () => (current >= columns ? current - columns : current),
      Home: () => 0,
      End: () => shown.length - 1,
      PageDown: () => current + page(),
      PageUp: () => current - page(),
    };
    root.addEventListener("keydown", (event) => {
      if (!Object.hasOwn(MOVES, event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      go(MOVES[event.key]());
    });
    root.addEventListener("focusin", (event) => {
      const place = event.target.closest(".tile")?.dataset.place;
      if (place === undefined || Number(place) === current) return;
      const before = root.querySelector(`.tile[data-place="${current}"]`);
      if (before) before.tabIndex = -1;
      current = Number(place);
      event.target.tabIndex = 0;
    });
    root.addEventListener("click", (event) => {
      const pick = event.target.closest(".pick");
      if (pick) {
        mark(shown[pick.dataset.place]);
        return;
      }
      const link = event.target.closest(".tile");
      // A click with a key held wants a new tab or window, as everywhere.
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      link.focus({ preventScroll: true });
      open(shown[link.dataset.place]);
    });

    let waiting = false;
    addEventListener(
      "scroll",
      () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          render();
        });
      },
      { passive: true },
    );
    addEventListener("resize", render);
    let width = 0;
    new ResizeObserver(() => {
      if (root.clientWidth === width) return;
      width = root.clientWidth;
      keepPlace(layout);
    }).observe(root);

    return {
      show(numbers) {
        shown = numbers;
        current = 0;
        // Another choice begins at its beginning.
        const top = scrollY + root.getBoundingClientRect().top - cover();
        if (scrollY > top) scrollTo(0, top);
        layout();
      },
      size(pixels) {
        size = pixels;
        keepPlace(layout);
      },
      // Put the focus on an image, if it is among the shown ones.
      focus(n) {
        const place = shown.indexOf(n);
        if (place >= 0) go(place);
        else if (shown.length) go(current);
      },
      current: () => shown[current],
      marks(numbers) {
        marked = numbers;
        for (const link of root.querySelectorAll(".tile")) link.classList.toggle("marked", marked.includes(Number(link.dataset.number)));
      },
    };
  };
}
