// What the page does beside showing the terminal: it tells why the board was closed, and opens nothing.
"use strict";

// The terminal would open links in what it shows, and files that the board offers. What it shows was written by agents.
Object.defineProperty(window, "open", { value: () => null });

const ENDED = "the dashboard has ended; the run goes on. For a new one: swarm dashboard, and open the link that it prints";

// The server's words on how the board of this page ended, or null where there is no such server any more.
async function ending() {
  try {
    const answer = await fetch(document.body.dataset.end);
    return answer.ok ? await answer.text() : null;
  } catch (error) {
    console.info(String(error));
    return null;
  }
}

async function tell() {
  const words = await ending();
  document.querySelector("#words").textContent = words ?? ENDED;
  const again = document.querySelector("#again");
  again.textContent = words === null ? "look again" : "open it again";
  again.onclick = open_again;
  again.focus();
}

// A look first: where there is no dashboard any more, the browser's own page would take the place of our words.
async function open_again() {
  if ((await ending()) === null) await tell();
  else window.location.reload();
}

document.addEventListener("DOMContentLoaded", () => {
  // The terminal's script marks the body when its connection is there, and when it was closed.
  const watch = new MutationObserver(() => {
    if (document.body.classList.contains("-closed")) {
      watch.disconnect();
      tell();
    } else if (document.body.classList.contains("-loaded") && document.activeElement === document.body) {
      document.querySelector(".xterm-helper-textarea")?.focus(); // else the first key goes nowhere
    }
  });
  watch.observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
