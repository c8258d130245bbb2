// 读给我听: the browser's own Chinese voice reads the notice; the button stays hidden where there is none.
(function () {
  "use strict";
  var button = document.querySelector("button.speak");
  var voice = window.speechSynthesis;
  if (!button || !voice || !window.SpeechSynthesisUtterance) return;
  var reads = false;

  function show(on) {
    reads = on;
    button.textContent = on ? "停下" : "读给我听";
  }

  button.hidden = false;
  button.addEventListener("click", function () {
    voice.cancel();
    if (reads) return show(false);
    var words = new SpeechSynthesisUtterance(document.querySelector(button.dataset.read).innerText.replace("读给我听", ""));
    words.lang = "zh-CN";
    words.rate = 0.9;
    words.onend = words.onerror = function () { show(false); };
    show(true);
    voice.speak(words);
  });
  window.addEventListener("pagehide", function () { voice.cancel(); });
})();
