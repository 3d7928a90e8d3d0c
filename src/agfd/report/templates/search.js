// Search over every word that a facet has for an image, and over the beginnings of ids. All words must be there;
// "-night" must not. A word is found where one begins with it: "male" is not "female".
"use strict";
globalThis.agfd ??= {};
{
  const words = (text) =>
    String(text).toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const HEX = /^[0-9a-f]{4,}$/;

  agfd.searcher = (index, engine) => {
    const known = index.facets.map(({ key, values }) => ({
      column: engine.facet(key),
      words: values.map(({ value, label, group }) => words(`${value} ${label} ${group ?? ""}`)),
    }));
    const remembered = new Map();

    function find(word) {
      const found = new Uint8Array(index.ids.length);
      for (const { column, words: lists } of known) {
        const flags = lists.map((list) => list.some((one) => one.startsWith(word)));
        if (!flags.includes(true)) continue;
        for (let n = 0; n < found.length; n++) {
          if (column.many) {
            for (let i = column.starts[n]; i < column.starts[n + 1]; i++) if (flags[column.of[i]]) found[n] = 1;
          } else if (flags[column.of[n]]) found[n] = 1;
        }
      }
      if (HEX.test(word)) {
        index.ids.forEach((id, n) => {
          if (id.startsWith(word)) found[n] = 1;
        });
      }
      return found;
    }

    function one(word) {
      // Typing goes through the beginnings of a word; a hundred of them are a few megabytes.
      if (remembered.size > 100) remembered.clear();
      if (!remembered.has(word)) remembered.set(word, find(word));
      return remembered.get(word);
    }

    // Uint8Array with 1 for every image that is found; null where nothing is asked for.
    return (text) => {
      let found = null;
      for (const part of text.split(/\s+/)) {
        const list = words(part);
        if (!list.length) continue;
        const columns = list.map(one);
        const without = part.startsWith("-");
        found ??= new Uint8Array(index.ids.length).fill(1);
        for (let n = 0; n < found.length; n++) {
          const all = columns.every((column) => column[n]);
          if (all === without) found[n] = 0;
        }
      }
      return found;
    };
  };
}
