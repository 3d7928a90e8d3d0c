"use strict";
// Pictures and what is known of them, loaded before they are looked at. A server that is away costs nothing as long as
// the next ones are here.
globalThis.agfd ??= {};
{
  const AT_ONCE = 2;
  const FIRST_PAUSE = 250; // milliseconds
  const LONGEST_PAUSE = 4000;

  class Ahead {
    // `changed(id)`: called when an image is ready, or cannot be.
    constructor(changed) {
      this.changed = changed;
      this.shown = new Map(); // id: {state: loading | ready | gone, detail, picture, sentence}
      this.wanted = [];
      this.pause = FIRST_PAUSE;
      this.trouble = null;
    }

    // What to have: the image that is looked at first, then those that follow. All others are let go.
    want(ids) {
      this.wanted = [...new Set(ids)];
      for (const id of this.shown.keys()) if (!this.wanted.includes(id)) this.shown.delete(id);
      this.#work();
    }

    get(id) {
      return this.shown.get(id);
    }

    // What is known of an image may have become more: asks again. The detail, or undefined where nobody answers.
    async again(id) {
      try {
        const detail = await agfd.ask(`/api/detail/${encodeURIComponent(id)}`);
        const entry = this.shown.get(id);
        if (entry?.detail) entry.detail = detail;
        return detail;
      } catch (error) {
        if (error instanceof agfd.Away || error instanceof agfd.Refused) return undefined;
        throw error;
      }
    }

    // The server is there again: no need to wait for the end of the pause.
    hurry() {
      if (!this.timer) return;
      clearTimeout(this.timer);
      this.timer = null;
      this.#work();
    }

    #work() {
      if (this.timer) return;
      const loading = [...this.shown.values()].filter((entry) => entry.state === "loading").length;
      const next = this.wanted.filter((id) => !this.shown.has(id)).slice(0, Math.max(0, AT_ONCE - loading));
      for (const id of next) this.#load(id);
    }

    async #load(id) {
      const entry = { state: "loading" };
      this.shown.set(id, entry);
      try {
        entry.detail = await agfd.ask(`/api/detail/${encodeURIComponent(id)}`);
        entry.picture = await picture(entry.detail);
        entry.state = "ready";
        this.pause = FIRST_PAUSE;
        this.trouble = null;
      } catch (error) {
        if (error instanceof agfd.Away) this.#later(id, error);
        else Object.assign(entry, { state: "gone", sentence: `${error.message}.` });
      }
      if (this.wanted.includes(id)) this.changed(id);
      this.#work();
    }

    #later(id, error) {
      this.shown.delete(id);
      this.trouble = error;
      if (this.timer) return;
      this.timer = setTimeout(() => {
        this.timer = null;
        this.#work();
      }, this.pause);
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
    }
  }

  // The picture in full where it was kept, else its thumbnail, decoded: it is on the screen the moment it is wanted.
  async function picture(detail) {
    for (const address of [detail.full, detail.thumb]) {
      if (!address) continue;
      const image = new Image();
      image.src = address;
      try {
        await image.decode();
        return image;
      } catch {
        // Nobody there, or no picture there: a picture does not tell, another question does.
        await agfd.ask(`/api/detail/${encodeURIComponent(detail.id)}`);
      }
    }
    throw new Error("There is no picture of this image: none was kept, or its file is damaged");
  }

  agfd.Ahead = Ahead;
}
