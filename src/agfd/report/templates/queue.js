"use strict";
// The order in which images are looked at, and what this reviewer said of them.
globalThis.agfd ??= {};
{
  class Queue {
    // `answer`: of GET /api/queue/NAME; what was said in it is in the order in which it was said.
    constructor(answer) {
      this.name = answer.name;
      this.ids = answer.ids;
      this.places = new Map(answer.ids.map((id, place) => [id, place]));
      this.said = new Map(); // id: {press, order, earlier}
      this.order = 0;
      for (const [image, press] of Object.entries(answer.said)) this.hear({ ...press, image }, true);
    }

    get size() {
      return this.ids.length;
    }

    // How many images of the queue have an opinion.
    get done() {
      return this.said.size;
    }

    // Takes note of a press. Returns false where only the server knows what stands after it: a press of before this page
    // was taken back, and an earlier opinion may come to light.
    hear(press, fromServer = false) {
      if (!this.places.has(press.image)) return true;
      const standing = this.said.get(press.image);
      if (press.undoes) return this.#undo(press, standing);
      if (standing && standing.press.key === press.key) return true;
      this.order += 1;
      this.said.set(press.image, { press, order: this.order, earlier: standing, fromServer });
      return true;
    }

    #undo(press, standing) {
      if (!standing || standing.press.key !== press.undoes) return false;
      if (standing.earlier) this.said.set(press.image, standing.earlier);
      else this.said.delete(press.image);
      return !standing.fromServer;
    }

    // The press that stands for an image, or undefined.
    of(id) {
      return this.said.get(id)?.press;
    }

    // The presses that stand, the newest first.
    newest(most) {
      return [...this.said.values()].sort((a, b) => b.order - a.order).slice(0, most).map((entry) => entry.press);
    }

    // The image `step` places on; undefined at the ends.
    beside(id, step) {
      return this.ids[this.places.get(id) + step];
    }

    // The next images without an opinion, those after `id` first, then from the beginning.
    open(id, most) {
      const found = [];
      const from = id === undefined ? 0 : this.places.get(id) + 1;
      for (let step = 0; step < this.size && found.length < most; step += 1) {
        const next = this.ids[(from + step) % this.size];
        if (next !== id && !this.said.has(next)) found.push(next);
      }
      return found;
    }
  }

  agfd.Queue = Queue;
}
