// What is being written on an application's page outlives another form's sending, or a look at the next application:
// it is kept in this tab alone, until its own form is sent or somebody signs out.
const PLACE = `unsent ${location.pathname.split("/").slice(0, 4).join("/")}`;
const fields = [...document.querySelectorAll(".deciding form[method='post'] :is(textarea, input:not([type]), input[type='text'])")];
const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}");

const nameOf = ({ form, name }) => [form.getAttribute("action").split("#")[0], form.elements.move?.value ?? form.elements.what?.value ?? "", name].join(" ");

function keep() {
  if (Object.keys(kept).length) sessionStorage.setItem(PLACE, JSON.stringify(kept));
  else sessionStorage.removeItem(PLACE);
}

for (const field of fields) {
  const was = kept[nameOf(field)];
  // Only where the page shows what it showed then: a template's text, or what came back, is newer.
  if (was && field.defaultValue === was.over && field.value === was.over) {
    field.value = was.text;
    const folded = field.closest("details");
    if (folded) folded.open = true;
  }
  field.addEventListener("input", () => {
    if (field.value === field.defaultValue) delete kept[nameOf(field)];
    else kept[nameOf(field)] = { text: field.value, over: field.defaultValue };
    keep();
  });
}

document.addEventListener("submit", ({ target, submitter, defaultPrevented }) => {
  if (defaultPrevented || submitter?.value === "preview") return;
  for (const field of fields.filter(({ form }) => form === target)) delete kept[nameOf(field)];
  keep();
});
