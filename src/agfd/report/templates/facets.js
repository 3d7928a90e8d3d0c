// Which images match, and how many would with each other value: one pass over columns of small numbers.
"use strict";
globalThis.agfd ??= {};
{
  // A facet with one value an image as a column; -1 is none. One with many as a flat column and where each image begins.
  function column(facet) {
    if (!facet.many) return { ...facet, of: Int16Array.from(facet.of) };
    const starts = new Int32Array(facet.of.length + 1);
    facet.of.forEach((values, n) => {
      starts[n + 1] = starts[n] + values.length;
    });
    return { ...facet, of: Int16Array.from(facet.of.flat()), starts };
  }

  function passes({ many, of, starts }, chosen, n) {
    if (!many) return of[n] >= 0 && chosen[of[n]] === 1;
    for (let i = starts[n]; i < starts[n + 1]; i++) {
      if (chosen[of[i]]) return true;
    }
    return false;
  }

  function count({ many, of, starts }, counts, n) {
    if (!many) {
      if (of[n] >= 0) counts[of[n]]++;
      return;
    }
    for (let i = starts[n]; i < starts[n + 1]; i++) counts[of[i]]++;
  }

  agfd.facetEngine = (index) => {
    const columns = index.facets.map(column);
    const byKey = new Map(columns.map((one) => [one.key, one]));
    const total = index.ids.length;

    // The places of an image's values in a facet.
    const values = (key, n) => {
      const one = byKey.get(key);
      if (!one) return [];
      if (one.many) return [...one.of.subarray(one.starts[n], one.starts[n + 1])];
      return one.of[n] < 0 ? [] : [one.of[n]];
    };

    // `chosen`: Map of a key to a Set of places; `found`: Uint8Array of what the search found, or null for all.
    // Gives `shown`, the numbers that match, and `counts`: by key, for each value, the images that match all else.
    const filter = (chosen, found = null) => {
      const active = columns
        .filter(({ key }) => chosen.get(key)?.size)
        .map((one) => ({ one, flags: Uint8Array.from(one.values, (_, place) => (chosen.get(one.key).has(place) ? 1 : 0)) }));
      const counts = new Map(columns.map(({ key, values: list }) => [key, new Int32Array(list.length)]));
      const shown = new Int32Array(total);
      let matching = 0;
      for (let n = 0; n < total; n++) {
        if (found && !found[n]) continue;
        let failing = null;
        let fails = 0;
        for (const { one, flags } of active) {
          if (passes(one, flags, n)) continue;
          failing = one;
          if (++fails > 1) break;
        }
        if (fails === 0) {
          shown[matching++] = n;
          for (const one of columns) count(one, counts.get(one.key), n);
        } else if (fails === 1) {
          count(failing, counts.get(failing.key), n);
        }
      }
      return { shown: shown.slice(0, matching), counts };
    };

    // The same numbers by the values of a facet, what has none last; in request order within a value.
    const sorted = (numbers, key) => {
      const one = byKey.get(key);
      if (!one || one.many) return numbers;
      const rank = (n) => (one.of[n] < 0 ? 32767 : one.of[n]);
      return numbers.slice().sort((a, b) => rank(a) - rank(b) || a - b);
    };

    const labels = (key, n) => values(key, n).map((place) => byKey.get(key).values[place].label);
    return { filter, sorted, values, labels, facet: (key) => byKey.get(key) };
  };
}
