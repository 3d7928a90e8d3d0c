"use strict";
// What a reviewer may choose from, and the key of each choice. Labels have digits, which go with the image; reasons have
// letters of their own name, the same for the whole dataset, so that fingers learn them.
globalThis.agfd ??= {};
{
  const NOT_AS_ASKED = "not_as_asked";
  const SHORT = ["yes", "no", "none", "open", "closed"]; // words that say nothing without the name of their attribute
  const PERSON = ["age", "sex", "race"];
  const DIGITS = [..."1234567890"];
  // Without those that say or do something else: nobody who means "accept" or "next" rejects by it.
  const LETTERS = [..."bcdefghjklmqstvwxy"];

  const { plain } = agfd;

  // A value as people read it; an angle needs no decimals.
  const said = (value) => (typeof value === "number" ? String(Math.round(value)) : plain(value));

  // What was asked of an image: what its row is about first, then what every person has.
  function asked(detail) {
    const known = detail.attributes.filter((attribute) => attribute.asked !== null && attribute.asked !== undefined);
    const rest = known.filter((attribute) => PERSON.includes(attribute.name));
    return [...known.filter((attribute) => !PERSON.includes(attribute.name)), ...rest];
  }

  // A phrase without the weights of a prompt: "(sun behind:1.2)" is "sun behind".
  const unweighted = (phrase) => phrase.replace(/:\d+(\.\d+)?\)|[()]/g, "");

  // Reasons to reject this image: [{key, label, title, reason, attribute}].
  function reasons(session, detail) {
    const codes = session.reasons.filter((entry) => entry.code !== NOT_AS_ASKED);
    const letters = mnemonics(codes.map((entry) => entry.code));
    const pictures = codes.map(({ code, meaning }) => ({ key: letters.get(code), label: plain(code), title: meaning, reason: code }));
    const used = new Set(letters.values());
    const free = [...DIGITS, ...LETTERS].filter((key) => !used.has(key));
    const labels = asked(detail).map(({ name, asked: wrong }, place) => ({
      key: free[place],
      label: SHORT.includes(wrong) || typeof wrong === "number" ? `${plain(name)}: not ${said(wrong)}` : `not ${said(wrong)}`,
      title: `the ${plain(name)} is not ${said(wrong)}`,
      name: plain(name),
      reason: NOT_AS_ASKED,
      attribute: name,
    }));
    return [...labels, ...pictures];
  }

  // What an attribute is instead: [{key, label, value, off}], or null for a number, which is typed. The one that was asked
  // for keeps its place, so that the keys of the others stay the same.
  function values(session, detail, name) {
    const words = session.attributes[name];
    if (!words) return null;
    const keys = [...DIGITS, ...LETTERS];
    const { asked: wrong } = detail.attributes.find((attribute) => attribute.name === name);
    return words.map((value, place) => {
      const off = value === wrong;
      return { key: keys[place], label: plain(value), value, off, hint: off ? "asked for" : "" };
    });
  }

  // A letter for each name: the first free one of its words' first letters, of its letters, of all.
  function mnemonics(names) {
    const given = new Map();
    const free = new Set(LETTERS);
    for (const name of names) {
      const initials = name.split("_").map((word) => word[0]);
      const letter = [...initials, ...name, ...LETTERS].find((sign) => free.has(sign));
      free.delete(letter);
      given.set(name, letter);
    }
    return given;
  }

  agfd.choice = { asked, reasons, said, unweighted, values };
}
