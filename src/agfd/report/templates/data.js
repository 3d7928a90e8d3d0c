// What the pages read: the files in data/, each a script that calls agfd.load(name, data). A page that was opened from
// the file system may load scripts, and may not fetch.
"use strict";
globalThis.agfd ??= {};
{
  // So many files of details are kept: comparing two images and going to and fro must not load one again.
  const KEPT = 6;
  const files = new Map();
  const loading = new Map();

  function cell(column, number) {
    if (Array.isArray(column)) return column[number];
    return "all" in column ? column.all : column.table[column.of[number]];
  }

  // One value of those that report/packing.py packed.
  function unpack(packed, shape, number) {
    if (typeof shape === "number") return cell(packed.columns[shape], number);
    if ("some" in shape) {
      return shape.some.map((item) => unpack(packed, item, number)).filter((item) => item !== null);
    }
    if ("items" in shape) {
      const length = cell(packed.columns[shape.length], number);
      return length < 0 ? null : shape.items.slice(0, length).map((item) => unpack(packed, item, number));
    }
    if ("there" in shape && !cell(packed.columns[shape.there], number)) return null;
    return Object.fromEntries(shape.keys.map((key, place) => [key, unpack(packed, shape.of[place], number)]));
  }

  function load(name, data) {
    if (name === "index") agfd.index = data;
    else files.set(name, data);
  }

  function ask(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const end = () => {
        script.remove();
        loading.delete(name);
        if (files.has(name)) resolve();
        else reject(new Error(`The details of this image cannot be loaded: data/${name}.js is missing or damaged.`));
        for (const old of files.keys()) {
          if (files.size <= KEPT) break;
          files.delete(old);
        }
      };
      script.addEventListener("load", end);
      script.addEventListener("error", end);
      script.src = `data/${name}.js`;
      document.head.append(script);
    });
  }

  async function file(name) {
    if (!files.has(name)) {
      if (!loading.has(name)) loading.set(name, ask(name));
      await loading.get(name);
    }
    // The one that was used last is the last to go.
    const data = files.get(name);
    files.delete(name);
    files.set(name, data);
    return data;
  }

  // Everything known of the image with this number (its place in index.ids). Rejects with a sentence for people.
  async function detail(number) {
    const { ids, chunk } = agfd.index;
    if (!(number in ids)) throw new Error("There is no such image in this gallery.");
    const packed = await file(String(Math.floor(number / chunk)).padStart(5, "0"));
    const found = unpack(packed, packed.shape, number % chunk);
    if (found.id !== ids[number]) throw new Error("The gallery was written anew in the meantime: load this page again.");
    return found;
  }

  Object.assign(agfd, { index: null, load, detail });
}
