// The console works without this; with it, counts keep up with the form and rows show only what they need.
(() => {
  "use strict";
  const wrong = document.getElementById("wrong");
  if (wrong) wrong.focus();

  document.querySelectorAll("[data-count]").forEach((area) => {
    const told = document.querySelector(`[data-counted="${area.name}"]`);
    const tell = () => {
      const many = [...area.value.trim()].length, most = Number(area.dataset.count);
      told.textContent = many > most ? `${many} 字，比 ${most} 字多 ${many - most} 字` : `${many} 字`;
      told.classList.toggle("soon", many > most);
    };
    if (told) { area.addEventListener("input", tell); tell(); }
  });

  document.querySelectorAll("[data-copy]").forEach((button) => {
    const words = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", () => {
      words.focus();
      words.select();
      // Old phones know only the command.
      const told = () => { button.textContent = button.dataset.copied; };
      if (navigator.clipboard) navigator.clipboard.writeText(words.value).then(told, () => {});
      else if (document.execCommand("copy")) told();
    });
  });

  document.querySelectorAll("[data-whole-page]").forEach((button) => {
    button.addEventListener("click", () => window.print());
  });

  // While a call lasts: what the entries answer appears beside the words as they are typed.
  const call = document.getElementById("call-form");
  if (call) {
    const found = document.getElementById("found");
    let typed = 0, sent = 0;
    const look = async () => {
      const mine = ++sent, data = new FormData(call);
      data.append("part", "1");
      try {
        const answer = await fetch(call.dataset.partAt, {method: "POST", body: data, credentials: "same-origin"});
        if (answer.ok && mine === sent) found.innerHTML = await answer.text();
      } catch (_) { /* the button still finds */ }
    };
    call.addEventListener("input", () => { clearTimeout(typed); typed = setTimeout(look, 400); });
  }

  const form = document.getElementById("notice-form");
  if (!form) return;

  const split = (text) => text.split(/[、，,；;\s]+/).filter(Boolean);

  const offer = (row, words) => {
    const into = row.querySelector("[data-words-of]"), value = row.querySelector("[data-value-of] input");
    into.replaceChildren(...words.map((word) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word;
      button.addEventListener("click", () => {
        const held = split(value.value);
        value.value = (held.includes(word) ? held.filter((one) => one !== word) : [...held, word]).join("、");
        value.dispatchEvent(new Event("input", {bubbles: true}));
      });
      return button;
    }));
    into.hidden = !words.length;
    press(row);
  };

  const press = (row) => {
    const held = split(row.querySelector("[data-value-of] input").value);
    row.querySelectorAll("[data-words-of] button").forEach((button) => {
      button.setAttribute("aria-pressed", String(held.includes(button.textContent)));
    });
  };

  const fit = (row, isNew) => {
    const fact = row.querySelector("[data-fact]").selectedOptions[0];
    const operator = row.querySelector("[data-operator]"), allowed = (fact.dataset.operators || "").split(" ");
    row.querySelector("[data-name-of]").toggleAttribute("data-idle", !fact.dataset.name);
    row.querySelector("[data-value-of]").toggleAttribute("data-idle", Boolean(fact.value) && !fact.dataset.value);
    row.querySelector("[data-unit-of]").textContent = fact.dataset.unit ? `（${fact.dataset.unit}）` : "";
    if (fact.value) {
      [...operator.options].forEach((option) => { option.hidden = option.disabled = !allowed.includes(option.value); });
      if (isNew || operator.selectedOptions[0].disabled) operator.value = allowed[0];
    }
    offer(row, split(fact.dataset.words || ""));
  };

  const show = () => {
    const chosen = form.elements.audience.value;
    form.querySelectorAll("[data-beneath]").forEach((part) => { part.hidden = part.dataset.beneath !== chosen; });
  };

  let waiting = 0, asked = 0;
  const into = form.querySelector("[data-count-into]");
  const count = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.countAt, {method: "POST", body: new FormData(form), credentials: "same-origin"});
      if (answer.ok && mine === asked) into.innerHTML = await answer.text();
    } catch (_) { /* the button still counts */ }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(count, 400); };

  form.querySelectorAll(".row").forEach((row) => fit(row, false));
  show();
  form.addEventListener("change", (event) => {
    const row = event.target.closest(".row");
    if (row && event.target.matches("[data-fact]")) fit(row, true);
    if (event.target.name === "audience") show();
    if (event.target.closest("[data-audience]")) soon();
  });
  form.addEventListener("input", (event) => {
    const row = event.target.closest(".row");
    if (row) press(row);
    if (event.target.closest("[data-audience]")) soon();
  });
  soon();
})();

// A dispatch under way tells its figures again every few seconds, without moving the page.
(() => {
  "use strict";
  const progress = document.getElementById("progress");
  if (!progress || !progress.dataset.again) return;
  progress.classList.add("again");
  const look = async () => {
    try {
      const answer = await fetch(location.href, {credentials: "same-origin"});
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("progress");
      if (!answer.ok || !fresh) return;
      progress.innerHTML = fresh.innerHTML;
      const crumb = page.querySelector(".head"), mine = document.querySelector(".head");
      if (crumb && mine) mine.innerHTML = crumb.innerHTML;
      if (fresh.dataset.again) setTimeout(look, 1000 * Number(fresh.dataset.again));
    } catch (_) {
      setTimeout(look, 10000);
    }
  };
  setTimeout(look, 1000 * Number(progress.dataset.again));
})();
