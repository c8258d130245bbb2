// Messages arrive while you look: ask every second for what is new; without this file the page reloads itself.
(function () {
  "use strict";
  var phones = document.getElementById("phones");
  if (!phones || !window.fetch) return;
  var since = Number(phones.dataset.since);
  var unseen = 0;
  var name = document.title;

  // The newest message from its first line; the browser stops at the end when it is short.
  function toNewest(stream) {
    if (stream.lastElementChild) stream.scrollTop = stream.lastElementChild.offsetTop - stream.offsetTop - 8;
  }

  function take(news) {
    since = news.since;
    news.messages.forEach(function (message) {
      var phone = document.getElementById(message.phone);
      if (!phone || document.getElementById("m" + message.id)) return;
      var stream = phone.querySelector(".stream");
      var quiet = stream.querySelector(".quiet");
      if (quiet) quiet.remove();
      stream.insertAdjacentHTML("beforeend", message.html);
      stream.lastElementChild.classList.add("new");
      toNewest(stream);
      if (message.mine) return;
      phone.classList.remove("rings");
      void phone.offsetWidth;
      phone.classList.add("rings");
      setTimeout(function () { phone.classList.remove("rings"); }, 2500);
      if (document.hidden) document.title = "（" + (++unseen) + "条新）" + name;
    });
  }

  function ask() {
    return fetch("/phones/inbox?since=" + since, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }).then(take);
  }

  function again() { setTimeout(function () { ask().catch(function () {}).then(again); }, 1000); }

  phones.addEventListener("submit", function (event) {
    var form = event.target;
    event.preventDefault();
    var data = new FormData(form);
    data.append("part", "1");
    form.elements.text.value = "";
    fetch(form.action, { method: "POST", body: data, credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return ask();
    }).catch(function () {
      form.elements.text.value = data.get("text");
      form.submit();
    });
  });

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) { unseen = 0; document.title = name; }
  });
  phones.querySelectorAll(".stream").forEach(toNewest);
  again();
})();
