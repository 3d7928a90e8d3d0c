// The address after # <-> what is chosen: "#row=eyes.glasses&sex=female&q=night&image=ID". Values of a facet repeat their key.
"use strict";
globalThis.agfd ??= {};
{
  const SORTS = ["asked", "row", "age"];

  agfd.emptyState = () => ({ chosen: new Map(), q: "", sort: "asked", image: null, compare: null, show: [] });

  // The number of an image by its id; built once, when the first address names one.
  let numbers = null;
  agfd.numberOf = (id) => {
    numbers ??= new Map(agfd.index.ids.map((one, number) => [one, number]));
    return numbers.get(id);
  };

  const READERS = {
    q: (state, value) => {
      state.q = value;
    },
    sort: (state, value, strange) => {
      if (SORTS.includes(value)) state.sort = value;
      else strange.push(`There is no order “${value}”.`);
    },
    show: (state, value) => {
      state.show = value.split(",").filter(Boolean);
    },
    image: (state, value, strange) => {
      const number = agfd.numberOf(value);
      if (number === undefined) strange.push(`No image here has the id “${value}”.`);
      else state.image = number;
    },
    compare: (state, value, strange) => {
      const pair = value.split(",").map((id) => agfd.numberOf(id));
      if (pair.length === 2 && !pair.includes(undefined)) state.compare = pair;
      else strange.push(`“${value}” does not name two images of this page to compare.`);
    },
  };

  function choose(state, facet, value, strange) {
    const place = facet.values.findIndex((one) => String(one.value) === value);
    if (place < 0) {
      strange.push(`${facet.label} has no value “${value}” here.`);
      return;
    }
    if (!state.chosen.has(facet.key)) state.chosen.set(facet.key, new Set());
    state.chosen.get(facet.key).add(place);
  }

  // What an address says, and a sentence for everything in it that means nothing here.
  agfd.readAddress = (hash) => {
    const state = agfd.emptyState();
    const strange = [];
    for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ""))) {
      const facet = agfd.index.facets.find((one) => one.key === key);
      if (facet) choose(state, facet, value, strange);
      else if (Object.hasOwn(READERS, key)) READERS[key](state, value, strange);
      else strange.push(`“${key}” is nothing to choose by.`);
    }
    return { state, strange };
  };

  // Shorter than URLSearchParams gives it: what an address may hold as it is stays readable.
  const escaped = (text) =>
    encodeURIComponent(text).replace(/%20/g, "+").replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%2F/g, "/");

  agfd.writeAddress = (state) => {
    const parts = [];
    for (const { key, values } of agfd.index.facets) {
      const places = [...(state.chosen.get(key) ?? [])].sort((one, other) => one - other);
      for (const place of places) parts.push([key, values[place].value]);
    }
    if (state.q) parts.push(["q", state.q]);
    if (state.sort !== "asked") parts.push(["sort", state.sort]);
    if (state.image !== null) parts.push(["image", agfd.index.ids[state.image]]);
    if (state.compare) parts.push(["compare", state.compare.map((number) => agfd.index.ids[number]).join(",")]);
    if (state.show.length && (state.image !== null || state.compare)) parts.push(["show", state.show.join(",")]);
    return `#${parts.map(([key, value]) => `${key}=${escaped(String(value))}`).join("&")}`;
  };
}
