"use strict";
const all = (css, page = document) => [...page.querySelectorAll(css)];
for (const pre of navigator.clipboard ? all("pre") : []) {
  const copy = document.createElement("button");
  copy.type = "button";
  copy.append("Copy");
  copy.onclick = () => navigator.clipboard.writeText(pre.innerText).then(() => copy.append(" ✓"));
  pre.after(copy);
}
const [form, save, said] = all("#steps, #save, #saved");
if (form) {
  const place = "ticks" + location.pathname;
  const by = (box) => box.closest("li").querySelector(".by");
  const words = (box) => by(box)?.innerText || "";
  // what is not stored yet: true for a tick, or the words of the tick that was taken away
  let mine = {}, busy;
  const text = () => JSON.stringify(mine);
  const keep = () => { try { localStorage[place] = text(); } catch {} };
  const show = (page) => {
    for (const name of ["shown", "token"]) {
      form[name].value = all(`#steps [name=${name}]`, page)[0].value;
    }
    for (const box of all("[name=done]", page)) {
      const id = box.value, line = by(box), ticked = box.defaultChecked;
      const own = all(`[name=done][value="${id}"]`, form)[0];
      if (!own) continue;
      // another one's newer tick stays
      if (mine[id] === true ? ticked : mine[id] && mine[id] !== words(box)) delete mine[id];
      own.checked = id in mine ? mine[id] === true : ticked;
      by(own)?.remove();
      if (line) own.parentNode.after(line);
    }
    keep();
  };
  const send = async () => {
    const sent = text(), mute = form.who && !form.who.value.trim();
    save.hidden = !mute;
    if (busy || sent === "{}") return;
    said.innerText = mute ? "Kept here. Say your name to save." : "Saving…";
    if (mute) return;
    busy = true;
    let more;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch("", { method: "POST", body });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || !all("#steps", page)[0]) throw page;
      more = sent !== text();
      if (!more) mine = {};
      show(page);
      said.innerText = "Saved ✓";
    } catch {
      said.innerText = "Not saved, kept on this phone: reload when online.";
    }
    busy = false;
    if (more) send();
  };
  form.onchange = ({ target: box }) => {
    if (box.type === "checkbox") {
      mine[box.value] = box.checked || words(box);
      if (!mine[box.value] && !busy) delete mine[box.value];
    }
    keep();
    send();
  };
  addEventListener("online", send);
  try { mine = JSON.parse(localStorage[place]); } catch {}
  show(form.cloneNode(true));
  send();
}
