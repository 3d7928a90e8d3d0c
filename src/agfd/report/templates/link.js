"use strict";
// Asking the server: every request for data goes through here, so that one place tells a server that is away from one
// that says no.
globalThis.agfd ??= {};
{
  const PATIENCE = 10000; // milliseconds

  // Nobody answered, or somebody who cannot help at the moment: the same question may be answered later.
  class Away extends Error {}

  // The server understood and said no: the same question gets the same answer.
  class Refused extends Error {
    // `wrong`: a sentence for each of the things sent that cannot be, by its place in the list; undefined where all of it.
    constructor(status, sentence, wrong) {
      super(sentence);
      Object.assign(this, { status, wrong });
    }
  }

  // The answer of the server as data. With a `body` it is told something, without one it is asked.
  async function ask(path, body) {
    const options = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
    if (body !== undefined) {
      Object.assign(options, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    }
    let answer;
    let text;
    try {
      answer = await fetch(path, options);
      text = await answer.text();
    } catch {
      throw new Away("nobody answers");
    }
    const data = parsed(text);
    // Half an answer of a server that died over it.
    if (answer.ok && data === null) throw new Away("the answer was cut short");
    if (answer.ok) return data;
    const sentence = data?.error ?? (text || `the server answers ${answer.status}`);
    throw answer.status >= 500 ? new Away(sentence) : new Refused(answer.status, sentence, data?.wrong);
  }

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  Object.assign(agfd, { Away, Refused, ask });
}
