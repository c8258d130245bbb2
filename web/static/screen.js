// A screen turns to its next sheet only when that has come: while the network or the site is down the last one stays, and says
// since when. Without this file the page turns by itself, as the browser can.
(function () {
  "use strict";
  function later() {
    setTimeout(turn, document.body.getAttribute("data-seconds") * 1000);
  }

  function keep() {
    // In place of the site's name: a second line would push the sheet below the edge.
    var note = document.getElementById("since");
    note.previousElementSibling.hidden = true;
    note.hidden = false;
    later();
  }

  function turn() {
    var following = document.body.getAttribute("data-following");
    var asked = new XMLHttpRequest();
    asked.open("GET", following);
    asked.timeout = 30000;
    asked.onload = function () {
      var page = new DOMParser().parseFromString(asked.responseText, "text/html");
      // The office has stopped this screen, or the look of the sheets has changed: the page itself is opened.
      if (asked.status === 404 || asked.status === 410) return location.replace(following);
      if (asked.status !== 200 || !page.body.getAttribute("data-following")) return keep();
      if (page.head.querySelector("link[rel=stylesheet]").href !== document.head.querySelector("link[rel=stylesheet]").href) {
        return location.replace(following);
      }
      document.title = page.title;
      document.body.parentNode.replaceChild(document.adoptNode(page.body), document.body);
      later();
    };
    asked.onerror = asked.ontimeout = keep;
    asked.send();
  }

  later();
})();
