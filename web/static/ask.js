// The talk grows on one page; without this file every question opens the page anew and all works the same.
(function () {
  "use strict";
  var talk = document.getElementById("talk");
  var asking = document.getElementById("asking");
  if (!talk || !asking || !window.fetch || !window.FormData) return;

  function send(form, button) {
    var data = new FormData(form);
    if (button && button.name) data.append(button.name, button.value);
    data.append("part", "1");
    document.body.setAttribute("aria-busy", "true");
    return fetch(form.action, { method: "POST", body: data, credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (turn) {
      talk.hidden = false;
      var first = talk.children.length;
      talk.insertAdjacentHTML("beforeend", turn);
      talk.children[first].scrollIntoView({ block: "start" });
      var examples = document.getElementById("examples");
      if (examples) examples.remove();
      asking.reset();
    }).finally(function () { document.body.removeAttribute("aria-busy"); });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    event.preventDefault();
    if (form === asking && !form.elements.words.value.trim()) {
      form.reset();
      form.reportValidity();
      return;
    }
    // When the line is cut in the middle, the plain form is sent as if there were no script.
    var button = event.submitter;
    send(form, button).catch(function () {
      if (button && button.name) {
        var kept = document.createElement("input");
        kept.type = "hidden";
        kept.name = button.name;
        kept.value = button.value;
        form.append(kept);
      }
      form.submit();
    });
  });
})();
