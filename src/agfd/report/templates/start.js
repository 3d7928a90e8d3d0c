"use strict";
// Puts the page of the review together and shows what its address asks for: #QUEUE/IMAGE or #agreement.
{
  const { el } = agfd;
  const part = (id) => document.getElementById(id);
  const RETRY = 1000; // milliseconds
  const TELL = "agfd/tell";
  const QUEUE = "agfd/queue";

  // The answer, however long the server is away; null where it says no.
  async function patiently(question) {
    for (;;) {
      try {
        const answer = await question();
        part("trouble").hidden = true;
        return answer;
      } catch (error) {
        const isAway = error instanceof agfd.Away;
        if (!isAway && !(error instanceof agfd.Refused)) throw error;
        part("trouble").textContent = isAway ? "The server is away. This page goes on when it is back." : error.message;
        part("trouble").hidden = false;
        if (!isAway) return null;
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
  }

  function fill(session) {
    document.title = `Review: ${session.title}`;
    part("title").textContent = part("title").title = session.title;
    part("reviewer").textContent = `${session.photos ? "photographs of people who exist, " : ""}reviewed by ${session.reviewer}`;
    part("queues").replaceChildren(...session.queues.map(({ name, label }) => el("option", { value: name }, label)));
  }

  function listen(session, review) {
    const names = session.queues.map((queue) => queue.name);
    const show = async () => {
      const [name, id] = location.hash.slice(1).split("/");
      const isAgreement = name === "agreement";
      part("review").hidden = isAgreement;
      part("agreement").hidden = !isAgreement;
      part("to-agreement").textContent = isAgreement ? "Back to the faces" : "Agreement";
      if (isAgreement) {
        part("agreement").replaceChildren(agfd.agreement(await patiently(() => agfd.ask("/api/agreement"))));
      } else {
        const queue = names.includes(name) ? name : agfd.kept.read(QUEUE);
        await patiently(() => review.open(names.includes(queue) ? queue : names[0], id || undefined).then(() => true));
      }
    };
    addEventListener("hashchange", show);
    part("queues").addEventListener("change", () => {
      agfd.kept.keep(QUEUE, part("queues").value);
      // The keys belong to the faces again.
      part("queues").blur();
      location.hash = part("queues").value;
    });
    part("to-agreement").addEventListener("click", () => {
      location.hash = part("review").hidden ? (review.queue?.name ?? names[0]) : "agreement";
    });
    return show;
  }

  function press(review) {
    const buttons = { "to-keys": "help", "to-overlays": "overlays", "to-facts": "facts", back: "back", undo: "undo", next: "next" };
    for (const [id, name] of Object.entries(buttons)) part(id).addEventListener("click", () => review.press(name));
    part("close-keys").addEventListener("click", () => part("keys").close());
    part("tell").checked = agfd.kept.read(TELL) ?? true;
    part("tell").addEventListener("change", () => {
      agfd.kept.keep(TELL, part("tell").checked);
      review.show();
    });
    agfd.listen(review);
  }

  async function start() {
    const session = await patiently(() => agfd.ask("/api/session"));
    if (!session) return;
    fill(session);
    const review = new agfd.Review(session);
    agfd.review = review;
    const show = listen(session, review);
    await show();
    press(review);
    review.outbox.flush();
  }

  start();
}
