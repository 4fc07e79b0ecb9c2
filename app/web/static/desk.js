// The desk works without this. Keys: keys.js; what others do meanwhile: live.js.
const openFilters = () => document.querySelectorAll(".filter[open], .narrow-menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const filter of openFilters()) {
      filter.open = false;
      filter.querySelector("summary").focus();
    }
  }
});

// Near the end of the window a filter's menu opens towards its beginning: for browsers that cannot tell by the style alone.
if (!CSS.supports("position-area: block-end")) for (const filter of document.querySelectorAll(".filter")) {
  filter.addEventListener("toggle", () => {
    filter.classList.remove("flipped");
    const { left, right } = filter.lastElementChild.getBoundingClientRect();
    filter.classList.toggle("flipped", filter.open && (right > document.documentElement.clientWidth || left < 0));
  });
}

// A filter or the menu closes when something else is clicked.
document.addEventListener("click", (event) => {
  for (const filter of openFilters()) if (!filter.contains(event.target)) filter.open = false;
});

// What was being written is nobody else's who signs in here.
for (const form of document.querySelectorAll("form[action='/desk/logout']")) form.addEventListener("submit", () => sessionStorage.clear());

(document.querySelector("main [role='alert']") ?? document.querySelector("main [aria-invalid='true']"))?.focus();
